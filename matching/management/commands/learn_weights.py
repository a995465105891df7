"""Fit the weights of the score to judged pairs and store them as a candidate."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse


class Command(BaseCommand):
    help = (
        "Fit the few weights of the score to judgements of staff (--from-use) and of judged sets "
        "(--judged), compare them with the present ones on held-back requests and store them with "
        "a report. Nothing is put into use: an administrator does that on the report's page."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--judged", type=Path, help="experts.jsonl, requests.jsonl, judgments.tsv"
        )
        parser.add_argument("--from-use", action="store_true", help="decided shortlists")
        parser.add_argument(
            "--min-pairs", type=int, default=50, help="fewest judged pairs per weight (50)"
        )

    def handle(
        self, *args: Any, judged: Path | None, from_use: bool, min_pairs: int, **options: Any
    ) -> None:
        if judged is None and not from_use:
            raise CommandError("Name something to learn from: --judged FOLDER, --from-use or both.")
        if min_pairs < 1:
            raise CommandError("--min-pairs must be 1 or more.")
        # The encoders' thread pools are sized when they load, so before the imports below.
        os.environ.setdefault("OMP_NUM_THREADS", "1")

        from matching.evaluation.dataset import MalformedSetError
        from matching.services.learning import TooLittleError, learn
        from matching.services.material import gather

        try:
            material = gather(judged, from_use, self._say)
            weights, is_new = learn(material, pairs_per_weight=min_pairs)
        except (MalformedSetError, TooLittleError) as error:
            raise CommandError(str(error)) from error
        self._report(weights, is_new)

    def _report(self, weights: Any, is_new: bool) -> None:
        report = weights.report
        told = "stored" if is_new else "are those stored before"
        self.stdout.write(f"Weights {weights.version} {told}:")
        for name, value in report["after"]["weights"].items():
            self.stdout.write(
                f"  {name:<10} {report['before']['weights'][name]:.3f} -> {value:.3f}"
            )
        for name, estimate in report["difference"].items():
            if estimate["value"] is None:
                continue
            old, new = (report[side]["figures"][name]["value"] for side in ("before", "after"))
            self.stdout.write(
                f"  {name:<18} {old:.4f} -> {new:.4f}, difference {estimate['value']:+.4f} "
                f"[{estimate['low']:+.4f}, {estimate['high']:+.4f}]"
            )
        advice = "better on held-back requests" if weights.is_recommended else "not clearly better"
        page = reverse("matching:weights", args=[weights.number])
        self.stdout.write(f"  {advice}; report: {page}")

    def _say(self, text: str) -> None:
        self.stderr.write(text)
        self.stderr.flush()
