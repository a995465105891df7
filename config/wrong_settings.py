"""Settings that only the apps can judge stop a server or a worker at its start.

``manage.py`` runs the system checks by itself; whoever starts without it asks here.
"""

from __future__ import annotations

from django.core.checks import run_checks

from matching.synonyms import site_file


def stop_on_wrong_settings() -> None:
    """End the process with one line for each setting of matching that cannot be used.

    The site's synonyms are read here for good, so that processes forked later have the same ones
    whatever happens to the file meanwhile.
    """
    wrong = [found for found in run_checks(tags=["matching"]) if found.is_serious()]
    if wrong:
        raise SystemExit("\n".join(f"configuration error: {found.msg}" for found in wrong))
    site_file()
