"""Vendored files are what they claim to be, and everything survives the production storage."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

STATIC = Path(settings.BASE_DIR) / "static"
VENDOR = STATIC / "vendor"


def listed() -> dict[str, str]:
    """Digest by path from SHA256SUMS."""
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_every_vendored_file_has_its_digest() -> None:
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in ("README.md", "SHA256SUMS")
    }
    assert found == listed()


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in [*STATIC.rglob("*.css"), *(STATIC / "js").glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import|fetch\()\s*[\"']?(https?:)?//", text), path


def test_collected_with_hashes_as_in_production(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    paths = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    sheet = (tmp_path / paths["css/bridge.css"]).read_text(encoding="utf-8")
    assert re.search(r"PretendardGOV-Regular\.subset\.[0-9a-f]{12}\.woff2", sheet)
    assert (tmp_path / (paths["vendor/krds/css/component/output.css"] + ".gz")).exists()
