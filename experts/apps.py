from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ExpertsConfig(AppConfig):
    name = "experts"
    verbose_name = _("전문가")

    def ready(self) -> None:
        from experts import events, figures, receivers  # noqa: F401

        figures.register_all()
        post_migrate.connect(load_vocabulary, sender=self)


def load_vocabulary(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """A fresh database knows the taxonomy and the pools; an older one gets what is new."""
    from experts.services.taxonomy import load_pools, load_taxonomy

    tables = {"experts_taxonomynode", "experts_expertpool", "audit_event"}
    if using == DEFAULT_DB_ALIAS and tables <= set(connections[using].introspection.table_names()):
        load_taxonomy()
        load_pools()
