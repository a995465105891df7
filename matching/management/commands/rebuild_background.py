"""Make the background statistics anew from this site's experts and requests."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consulting.models import Request
from experts.models import Expert
from matching.adapters import query_of, records_of
from matching.background_builder import build_background
from matching.background_store import shipped_background, store_background
from matching.background_words import slimmed
from matching.conf import Scoring
from matching.encoders import encoders_in_use
from matching.indexing import rebuild_index
from matching.preparing import prepare_experts, prepare_queries


class Command(BaseCommand):
    help = (
        "Build word statistics, language means and spreads from all approved experts and all "
        "requests. Scores change only when the new background is activated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--activate", action="store_true", help="use it, and index anew")
        parser.add_argument("--file", type=Path, help="write it to a file instead (for shipping)")
        parser.add_argument("--note", default="")

    def handle(
        self, *args: Any, activate: bool, file: Path | None, note: str, **options: Any
    ) -> None:
        encoders = encoders_in_use()
        ids = Expert.objects.filter(state=Expert.State.APPROVED).values_list("pk", flat=True)
        experts = prepare_experts(records_of(ids), encoders)
        requests = [query_of(r) for r in Request.objects.order_by("pk")]
        queries = prepare_queries([q for q in requests if q.full_text], encoders)
        if not experts or not queries:
            raise CommandError("A background needs approved experts and requests.")
        prior = None if file else shipped_background()
        background = build_background(
            experts, queries, encoders, Scoring.current(), prior=prior, note=note
        )
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(slimmed(background).to_bytes())
        else:
            store_background(background, note, activate)
            if activate:
                rebuild_index()
        self.stdout.write(
            f"background {background.version}: {len(experts)} experts, {len(queries)} requests"
        )
