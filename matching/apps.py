from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matching"
    verbose_name = _("매칭")

    def ready(self) -> None:
        from experts.directory_engine import offer
        from matching import checks, directory, receivers  # noqa: F401  (connects signals)
        from matching.events import allocation, committees, learning  # noqa: F401  (registers)
        from matching.pages import allocation as allocations
        from matching.pages import panels
        from matching.services import exploration  # noqa: F401  (checks its setting)

        offer(directory.active)
        panels.register()
        allocations.register()
