"""Bring the site's data up to date before it serves: `python -m config.local_services.prepare`.

One process for catalogues, migrations, static files, demo data and the search index, so that
Django loads once.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import django

from config.environment import ConfigurationError
from config.local_services.catalogues import compile_catalogues
from config.wrong_settings import stop_on_wrong_settings

ROOT = Path(__file__).resolve().parent.parent.parent
# Troubles of a search cluster that pass by themselves; all others end the start.
PASSING = {"unreachable", "timeout", "partial", "refused"}
VARIABLES = {
    "certificate": "ELASTICSEARCH_CA",
    "password": "ELASTICSEARCH_PASSWORD",
    "rights": "ELASTICSEARCH_USER",
}
LEFT_OUT = {".venv", ".git", "var", "docs", "tests"}


def main() -> None:
    """Do what is needed, say what was done."""
    compile_catalogues()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    from django.conf import settings

    stop_on_wrong_settings()
    stamp = settings.DATA_DIR / "prepared"
    state = state_of_code()
    new = not (stamp.exists() and settings.STATIC_ROOT.exists() and stamp.read_text() == state)
    migrate(new)
    if new:
        collect_static()
    if os.environ.get("DEMO") == "1":
        load_demo_data()
    if settings.SEARCH_ENGINE == "elasticsearch":
        prepare_search()
    stamp.write_text(state)
    if file := os.environ.get("PREPARED_FILE"):
        Path(file).touch()  # the worker may begin


def migrate(code_is_new: bool) -> None:
    """Apply migrations that are not applied yet; new code may also bring new reference data."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        print(f"applying {len(plan)} migrations")
    if plan or code_is_new:
        call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    """Copy, compress and fingerprint the static files."""
    from django.core.management import call_command

    print("collecting static files")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)


def state_of_code() -> str:
    """Changes with every file of the checkout that could matter to what is prepared."""
    facts = [ROOT.as_posix()]
    for folder in sorted(path for path in ROOT.iterdir() if path.name not in LEFT_OUT):
        for path in sorted(folder.rglob("*")):
            if path.suffix not in {".pyc", ".mo"} and path.is_file():
                facts.append(f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def load_demo_data() -> None:
    """Fill an empty database, and keep the sign-ins where the process manager can print them."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection

    unfinished = settings.DATA_DIR / "loading_demo_data"  # stays when a start is interrupted
    if unfinished.exists() or not get_user_model()._default_manager.exists():
        print("loading the demo data, once")
        unfinished.touch()
        call_command("seed_demo")  # adds what is missing
        unfinished.unlink()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # the planner should not wait for the autovacuum
    text = io.StringIO()
    call_command("demo_signins", stdout=text)
    (settings.DATA_DIR / "signins.txt").write_text(text.getvalue())


def prepare_search() -> None:
    """Make the index of a cluster that has none for the present settings.

    A cluster that is away is only mentioned: PostgreSQL stands in for it. Ends with one line when
    the settings are wrong and waiting would not help.
    """
    from django.core.management import call_command

    from matching.engines.elasticsearch import ElasticsearchEngine
    from matching.pipeline import current_context

    problem = ElasticsearchEngine().problem(current_context())
    if problem is None:
        return
    if problem.code == "rebuild":
        print("making the search index")
        call_command("rebuild_index", verbosity=0)
    elif problem.code in PASSING:
        print(f"search cluster: {problem.sentence}")
    else:
        raise ConfigurationError(VARIABLES.get(problem.code, "ELASTICSEARCH_URL"), problem.sentence)


if __name__ == "__main__":
    main()
