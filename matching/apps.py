from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matching"
    verbose_name = _("매칭")

    def ready(self) -> None:
        from matching import receivers  # noqa: F401  (connects its signals)
        from matching.pages import panels

        panels.register()
