"""Where backgrounds live: the one that ships with the product, and those made for this site."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.db import transaction

from matching.background import Background, BackgroundMismatchError
from matching.encoders.base import Encoder
from matching.models.index import StoredBackground
from matching.signals.lexical import WORDS

SHIPPED = Path(__file__).parent / "resources" / "background" / "default.npz"


@lru_cache(maxsize=1)
def shipped_background() -> Background:
    """The background in the repository, made with the bundled encoders."""
    return Background.from_bytes(SHIPPED.read_bytes()) if SHIPPED.exists() else Background()


def neutral_background(encoders: tuple[Encoder, ...]) -> Background:
    """For encoders without any background yet: the shipped words and tags, no vectors."""
    shipped = shipped_background()
    words = {k: v for k, v in shipped.arrays.items() if k.startswith("words/")}
    facts = {**shipped.facts, "encoders": {e.name: e.fingerprint for e in encoders}}
    spreads = shipped.facts.get("spread", {})
    facts["spread"] = {k: v for k, v in spreads.items() if k.startswith(f"{WORDS}/")}
    facts["signals"] = {
        k: v for k, v in shipped.facts.get("signals", {}).items() if not k.startswith("dense/")
    }
    return Background(words, facts)


@lru_cache(maxsize=4)
def _stored(version: str) -> Background:
    return Background.from_bytes(bytes(StoredBackground.objects.get(version=version).data))


def active_background(encoders: tuple[Encoder, ...]) -> Background:
    """The site's active background, else the shipped one, if made with these encoders.

    With other encoders a neutral one answers until ``rebuild_background`` has run.
    """
    active = StoredBackground.objects.filter(is_active=True).values_list("version", flat=True)
    candidates = [_stored(version) for version in active] + [shipped_background()]
    for background in candidates:
        try:
            background.check(encoders)
        except BackgroundMismatchError:
            continue
        return background
    return neutral_background(encoders)


def store_background(background: Background, note: str, activate: bool) -> StoredBackground:
    """Keep a background; with ``activate`` it takes over in the same transaction."""
    with transaction.atomic():
        if activate:
            StoredBackground.objects.filter(is_active=True).update(is_active=False)
        row, _ = StoredBackground.objects.update_or_create(
            version=background.version,
            defaults={"data": background.to_bytes(), "note": note, "is_active": activate},
        )
    return row
