"""``manage.py export_demo_embeddings``: keep the vectors of the demo texts with the demo data."""

from typing import Any

from django.core.management.base import BaseCommand

from consulting.models import Request
from demo.reading import RESOURCES
from demo.requests import OWN_KEYS
from demo.seeding import SOURCE
from experts.models import Expert
from matching.adapters import query_of, records_of
from matching.documents import usable_pieces
from matching.embedding import PASSAGE, QUERY, export_file
from matching.encoders import active_encoders


class Command(BaseCommand):
    help = "Write the vectors of a freshly loaded demo into demo/resources, for the next load."

    def handle(self, *args: Any, **options: Any) -> None:
        requests = Request.objects.filter(creation_key__startswith=OWN_KEYS).order_by("pk")
        texts = {
            PASSAGE: self._evidence(),
            QUERY: [query_of(request).full_text for request in requests],
        }
        for role, each in texts.items():
            path = RESOURCES / f"embeddings-{role}.npz"
            count = export_file(path, active_encoders(), role, each)
            self.stdout.write(f"{path.name}: {count} vectors, {path.stat().st_size / 1e6:.1f} MB")

    def _evidence(self) -> list[str]:
        ids = Expert.objects.filter(claims__source=SOURCE).distinct().values_list("pk", flat=True)
        return [piece.full_text for record in records_of(ids) for piece in usable_pieces(record)]
