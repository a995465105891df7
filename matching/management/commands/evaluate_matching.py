"""Measure the matcher on a judged set, through the engine, rescoring and fusion of production."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Score every judged pair of a folder and print ranking metrics with 95 % intervals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, help="experts.jsonl, requests.jsonl, judgments.tsv"
        )
        parser.add_argument("--scores", type=Path, help="write one line per judged pair here (TSV)")
        parser.add_argument("--json", type=Path, help="write all figures here")
        parser.add_argument(
            "--calibration", type=Path, help="write the calibration learned on this set here"
        )

    def handle(
        self,
        *args: Any,
        folder: Path,
        scores: Path | None,
        json: Path | None,
        calibration: Path | None,
        **options: Any,
    ) -> None:
        # The encoders' thread pools are sized when they load, so before the imports below.
        os.environ["OMP_NUM_THREADS"] = str(len(os.sched_getaffinity(0)))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

        from matching.calibration_store import active_calibration
        from matching.conf import Scoring
        from matching.engines.postgres import PostgresEngine
        from matching.evaluation import report
        from matching.evaluation.chances import chances_of
        from matching.evaluation.dataset import MalformedSetError, read_set
        from matching.evaluation.runner import score_set
        from matching.evaluation.scratch import scratch_schema

        for path in (scores, json, calibration):
            _refuse_unwritable(path)
        try:
            judged = read_set(folder)
        except MalformedSetError as error:
            raise CommandError(str(error)) from error
        with scratch_schema():
            results, versions = score_set(judged, PostgresEngine(), self._say)
        figures = report.measure(results)
        scoring = Scoring.current()
        chances = chances_of(
            results,
            report.suitable_from(results),
            active_calibration(scoring),
            f"judged pairs of {folder.resolve().name}",
            scoring.fingerprint,
        )
        for part in report.parts(results, figures, chances):
            self.stdout.write(part)
        if scores:
            report.write_scores(scores, results)
        if json:
            report.write_json(json, figures, results, versions, chances)
        if calibration:
            if chances.learned is None:
                raise CommandError(f"No calibration can be learned on this set: {chances.reason}.")
            report.write_calibration(calibration, chances.learned)

    def _say(self, text: str) -> None:
        self.stderr.write(text)
        self.stderr.flush()


def _refuse_unwritable(path: Path | None) -> None:
    """Scoring takes minutes, so a file that cannot be written is refused before it."""
    if path is None:
        return
    folder = next(each for each in path.absolute().parents if each.exists())
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise CommandError(f"{path}: no file can be written here.")
