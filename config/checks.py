"""`make check`: everything that can be said about the code without running its tests.

Every check runs, then each that failed has shown its own output and the last line counts them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPENAPI = ROOT / "docs" / "openapi.yaml"
PYTHON = sys.executable
LINTER = str(Path(PYTHON).parent / "lint-imports")

CHECKS: dict[str, list[str]] = {
    "types": [PYTHON, "-m", "mypy", "."],
    "style": [PYTHON, "-m", "ruff", "check", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "layers": [PYTHON, LINTER],
    "migrations": [PYTHON, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"],
    "system": [PYTHON, "manage.py", "check", "--fail-level", "WARNING"],
    "API document": [PYTHON, "-m", "config.checks", "openapi"],
    "templates": [PYTHON, "-m", "config.checks", "templates"],
    "catalogues": [PYTHON, "-m", "config.messages", "check"],
}


def main() -> int:
    """Run every check on all processors. Returns 1 when one has failed."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        passed = list(pool.map(run_check, CHECKS))
    failed = passed.count(False)
    print(f"{len(passed) - failed} checks passed, {failed} failed")
    return 1 if failed else 0


def run_check(name: str) -> bool:
    """Run one check and print its outcome; its output only when it failed."""
    started = time.monotonic()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    words = CHECKS[name]
    result = subprocess.run(
        words,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    mark = "FAILED" if result.returncode else "ok"
    output = f"\n{result.stdout.rstrip()}" if result.returncode else ""
    print(f"{name:>14} | {mark} ({time.monotonic() - started:.0f} s){output}", flush=True)
    return result.returncode == 0


def check_openapi() -> int:
    """Compare the committed document with what the code says now."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.yaml"
        words = [PYTHON, "manage.py", "spectacular", "--validate", "--fail-on-warn"]
        subprocess.run([*words, "--file", str(fresh)], cwd=ROOT, check=True)
        if OPENAPI.exists() and OPENAPI.read_text() == fresh.read_text():
            return 0
        subprocess.run(["diff", "-u", str(OPENAPI), str(fresh)])
    print("docs/openapi.yaml is not what the code serves; `make openapi` writes it anew.")
    return 1


def check_templates() -> int:
    """Compile every template of the project, which finds wrong tags, filters and loads."""
    import django

    django.setup()
    from django.template import TemplateSyntaxError, engines

    engine = engines["django"]
    problems = []
    for path in sorted((ROOT / "templates").rglob("*.*")):
        try:
            engine.from_string(path.read_text())
        except TemplateSyntaxError as error:
            problems.append(f"{path.relative_to(ROOT)}: {error}")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    parts = {"openapi": check_openapi, "templates": check_templates}
    sys.exit(parts[sys.argv[1]]() if len(sys.argv) > 1 else main())
