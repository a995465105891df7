"""Health check of one part, for container managers: `python config/probe.py worker`.

Asks the site's own report, at the web process of SITE_PROBE_URL; only the standard library is
loaded, so that asking costs nothing. `web` asks whether the web process answers at all.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any


def main(part: str, address: str) -> int:
    """Exit status: 0 when the part is well."""
    if part == "web":
        return 0 if ask(f"{address}/livez").get("alive") else 1
    report = ask(f"{address}/readyz").get("parts", {}).get(part, {"problem": "is not known"})
    if not report.get("ok"):
        print(f"{part}: {report.get('problem', 'no answer')}")
    return 0 if report.get("ok") else 1


def ask(url: str) -> dict[str, Any]:
    """The report, also when it comes with the status 503; empty when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.load(error) if error.code == 503 else {}
    except (OSError, ValueError):
        return {}
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], os.environ.get("SITE_PROBE_URL", "http://127.0.0.1:8000")))
