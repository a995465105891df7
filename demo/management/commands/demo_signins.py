"""``manage.py demo_signins``: the addresses and the password of the demo."""

from typing import Any

from django.core.management.base import BaseCommand

from demo.signins import PASSWORD, listed


class Command(BaseCommand):
    help = "Print the demo sign-ins: one address per role, one password for all."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = listed()
        width = max(len(row.email) for row in rows)
        for row in rows:
            note = f" ({row.note})" if row.note else ""
            self.stdout.write(f"{row.email:<{width}}  {row.role}{note}")
        self.stdout.write(f"비밀번호 (모두 같음): {PASSWORD}")
