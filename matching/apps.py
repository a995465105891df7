from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matching"
    verbose_name = _("매칭")

    def ready(self) -> None:
        from experts.directory_engine import offer
        from matching import (  # noqa: F401  (connects signals, registers events)
            checks,
            directory,
            events_allocation,
            events_committees,
            events_learning,
            receivers,
        )
        from matching.pages import allocation as allocations
        from matching.pages import panels
        from matching.services import exploration  # noqa: F401  (checks its setting)

        offer(directory.active)
        panels.register()
        allocations.register()
