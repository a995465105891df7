"""Bring the site's data up to date before it serves: `python -m config.local_services.prepare`.

One process for catalogues, migrations, static files and demo data, so that Django loads once.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import django

from config.local_services.catalogues import compile_catalogues


def main() -> None:
    """Do what is needed, say what was done."""
    compile_catalogues()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    migrate()
    collect_static()
    if os.environ.get("DEMO") == "1":
        load_demo_data()


def migrate() -> None:
    """Apply migrations that are not applied yet."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        print(f"applying {len(plan)} migrations")
        call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    """Copy, compress and fingerprint static files when one of them has changed."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = settings.STATIC_ROOT / ".stamp"
    state = _state_of(_static_files())
    if stamp.exists() and stamp.read_text() == state:
        return
    print("collecting static files")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)


def _static_files() -> Iterator[Path]:
    from django.contrib.staticfiles.finders import get_finders

    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def _state_of(files: Iterator[Path]) -> str:
    facts = sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def load_demo_data() -> None:
    """Fill an empty database, and keep the sign-ins where the process manager can print them."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import transaction

    if not get_user_model()._default_manager.exists():
        print("loading the demo data, once")
        with transaction.atomic():  # a start that is interrupted leaves nothing half loaded
            call_command("seed_demo")
    text = io.StringIO()
    call_command("demo_signins", stdout=text)
    (settings.DATA_DIR / "signins.txt").write_text(text.getvalue())


if __name__ == "__main__":
    main()
