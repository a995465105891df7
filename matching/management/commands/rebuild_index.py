"""Write every expert into the search index again."""

from typing import Any

from django.core.management.base import BaseCommand

from matching.indexing import rebuild_index


class Command(BaseCommand):
    help = "Index all experts again, for example after a change of encoder or background."

    def handle(self, *args: Any, **options: Any) -> None:
        written = rebuild_index(lambda done, total: self.stdout.write(f"{done}/{total}"))
        self.stdout.write(self.style.SUCCESS(f"{written} documents written"))
