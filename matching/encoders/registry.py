"""Which encoders this installation uses, in order; the first one reads every language."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache, partial
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from matching.conf import setting
from matching.encoders.base import Encoder
from matching.encoders.transformer import TransformerEncoder, folder_fingerprint
from matching.encoders.weights import E5_SHA256, MINILM_SHA256

ALL_LANGUAGES = frozenset({"ko", "en"})
ENGLISH = frozenset({"en"})
BUNDLED_DIMS = 384


@lru_cache(maxsize=4)
def _built(names: tuple[str, ...], threads: int, max_characters: int) -> tuple[Encoder, ...]:
    # Read when the thread pools are made, so before any model library is imported.
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    found: list[Encoder] = []
    for name in names:
        found.extend(
            _bundled(threads, max_characters)
            if name == "bundled"
            else [_configured(name, threads, max_characters)]
        )
    return tuple(found)


def _bundled(threads: int, max_characters: int) -> list[Encoder]:
    e5 = TransformerEncoder(
        "e5-small",
        _multilingual,
        ALL_LANGUAGES,
        f"e5-small-q4:{E5_SHA256[:12]}:1",
        BUNDLED_DIMS,
        max_characters=max_characters,
    )
    minilm = TransformerEncoder(
        "minilm",
        partial(_english, threads),
        ENGLISH,
        f"minilm-l6:{MINILM_SHA256[:12]}:1",
        BUNDLED_DIMS,
        window_words=180,
        max_characters=max_characters,
    )
    return [e5, minilm]


def _multilingual() -> Any:
    # The model libraries take seconds to import; a page that finds its vectors cached never does.
    from matching.encoders.bundled import multilingual

    return multilingual()


def _english(threads: int) -> Any:
    from matching.encoders.bundled import english

    return english(threads)


def _configured(name: str, threads: int, max_characters: int) -> Encoder:
    """Any model that sentence-transformers can load without a download (hub cache or folder).

    Raises ImproperlyConfigured for a name without one.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(name, local_files_only=True)
    except (OSError, ValueError) as error:
        text = (
            f"MATCHING_ENCODERS: there is no model {name!r} on this machine (folder or hub cache)"
        )
        raise ImproperlyConfigured(text) from error
    dims = model.get_embedding_dimension() or 0
    mark = folder_fingerprint(name)
    return TransformerEncoder(
        name,
        lambda: (model, mark),
        ALL_LANGUAGES,
        f"{name.rpartition('/')[2]}:{mark}",
        dims,
        window_words=int(model.max_seq_length or 256) * 2 // 3,
        max_characters=max_characters,
    )


def _threads() -> int:
    """``OMP_NUM_THREADS`` of the process where it is given, else the setting."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() else int(setting("MATCHING_ENCODER_THREADS"))


def encoders_named(names: tuple[str, ...]) -> tuple[Encoder, ...]:
    """These encoders, in order; models load at their first use."""
    return _built(names, _threads(), int(setting("MATCHING_ENCODER_MAX_CHARACTERS")))


def configured_names() -> tuple[str, ...]:
    """What ``MATCHING_ENCODERS`` names."""
    return tuple(setting("MATCHING_ENCODERS"))


def active_encoders() -> tuple[Encoder, ...]:
    """The encoders of ``MATCHING_ENCODERS``."""
    return encoders_named(configured_names())


def applicable(encoders: tuple[Encoder, ...], asked: str, offered: str) -> tuple[Encoder, ...]:
    """Encoders that know both languages, in order."""
    return tuple(e for e in encoders if asked in e.languages and offered in e.languages)


def encoder_set_fingerprint(encoders: tuple[Encoder, ...]) -> str:
    """One short name for the whole set: changes when any encoder changes."""
    return hashlib.sha256("|".join(e.fingerprint for e in encoders).encode()).hexdigest()[:16]
