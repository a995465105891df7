from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("계정과 기관")

    def ready(self) -> None:
        """The consent texts are stored whenever the tables are made (or emptied by a test)."""
        from accounts import receivers  # noqa: F401  (connects its signals)

        post_migrate.connect(_load_texts, sender=self)


def _load_texts(using: str, plan: Any = None, **facts: Any) -> None:
    from django.db import connections

    from accounts.models import ConsentDocument
    from accounts.services import load_consent_documents

    if ConsentDocument._meta.db_table in connections[using].introspection.table_names():
        load_consent_documents()
