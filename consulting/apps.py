from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ConsultingConfig(AppConfig):
    name = "consulting"
    verbose_name = _("요청")

    def ready(self) -> None:
        """The kinds of requests are there after ``migrate``; the front page gets its figures."""
        from consulting import figures, files
        from consulting.rounds import events  # noqa: F401  (registers them)

        post_migrate.connect(add_kinds, sender=self)
        figures.register_all()
        files.register_rights()


def add_kinds(using: str = "default", **_facts: Any) -> None:
    """Add the kinds that are missing (also after a test has emptied the tables)."""
    from django.db import router

    from consulting.kinds import load_kinds
    from consulting.models import RequestKind

    if using == "default" and router.allow_migrate_model(using, RequestKind):
        load_kinds(RequestKind)
