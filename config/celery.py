"""The Celery application; its settings are the CELERY_* names of the Django settings."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("bridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def collect_schedule() -> dict[str, dict[str, Any]]:
    """Every entry of every app's `tasks.SCHEDULE`, its name prefixed with the app's."""
    from django.apps import apps
    from django.utils.module_loading import module_has_submodule

    entries: dict[str, dict[str, Any]] = {}
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "tasks"):
            tasks = import_module(f"{config.name}.tasks")
            for name, entry in getattr(tasks, "SCHEDULE", {}).items():
                entries[f"{config.label}.{name}"] = entry
    return entries


@signals.import_modules.connect(weak=False)
def use_schedule(**kwargs: object) -> None:
    """Workers and the scheduler import the tasks at start; the timetable is known from then on,
    and settings that cannot be used end the start.

    The scheduler keeps its place in a file whose folder is made here, wherever it is started.
    """
    from config.wrong_settings import stop_on_wrong_settings

    stop_on_wrong_settings()
    app.conf.beat_schedule = collect_schedule()
    Path(app.conf.beat_schedule_filename).parent.mkdir(parents=True, exist_ok=True)


@signals.setup_logging.connect(weak=False)
def keep_logging(**kwargs: object) -> None:
    """Celery leaves logging as the settings made it."""


from config import heartbeat  # noqa: E402, F401  (connects its signals)
