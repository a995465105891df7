from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("감사 기록")

    def ready(self) -> None:
        """Every app's ``events.py`` registers its kinds of events."""
        autodiscover_modules("events")
