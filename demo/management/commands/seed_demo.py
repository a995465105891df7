"""``manage.py seed_demo``: invented people, organisations and requests, loaded once."""

from typing import Any

from django.core.management.base import BaseCommand

from demo.seeding import Seeder


class Command(BaseCommand):
    help = "Load the demo data; a second call adds only what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        Seeder(self.stdout.write).load()
        self.stdout.write(self.style.SUCCESS("demo data loaded"))
