"""Which encoders this installation uses, in order; the first one reads every language."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache, partial
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from matching.conf import setting
from matching.encoders.base import Encoder
from matching.encoders.declared import BUNDLED, LANGUAGES, Declared, complaints
from matching.encoders.transformer import TransformerEncoder, folder_fingerprint
from matching.encoders.weights import E5_SHA256, MINILM_SHA256

ALL_LANGUAGES = frozenset(LANGUAGES)
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
            if name == BUNDLED
            else [_configured(Declared.of(name), threads, max_characters)]
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


def _configured(declared: Declared, threads: int, max_characters: int) -> Encoder:
    """Any model that sentence-transformers can load without a download (hub cache or folder).

    Its fingerprint holds what its vectors depend on; what it is used for, its languages, is part of
    its name. Raises ImproperlyConfigured for a name without a model.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    name = declared.model
    try:
        model = SentenceTransformer(name, local_files_only=True, prompts=_prompts(declared))
    except (OSError, ValueError) as error:
        text = (
            f"MATCHING_ENCODERS: there is no model {name!r} on this machine (folder or hub cache)"
        )
        raise ImproperlyConfigured(text) from error
    dims = model.get_embedding_dimension() or 0
    mark = folder_fingerprint(name)
    marks = [
        name.rpartition("/")[2],
        mark,
        declared.prompts_mark,
        _own_passage_prompt(model, declared),
    ]
    return TransformerEncoder(
        declared.name,
        lambda: (model, mark),
        frozenset(declared.languages),
        ":".join(filter(None, marks)),
        dims,
        window_words=int(model.max_seq_length or 256) * 2 // 3,
        max_characters=max_characters,
    )


def _prompts(declared: Declared) -> dict[str, str] | None:
    """What the library calls them; what is not declared stays as the model has it."""
    given = {"query": declared.query, "document": declared.passage}
    return {key: text for key, text in given.items() if text is not None} or None


def _own_passage_prompt(model: Any, declared: Declared) -> str:
    """Use the model's own prompt for passages where it is saved under that name; says whether.

    The library puts an empty prompt for documents in its place before it looks for it.
    """
    saved = model.prompts.get("passage") or model.prompts.get("corpus")
    if declared.passage is not None or model.prompts.get("document") or not saved:
        return ""
    model.prompts["document"] = saved
    return "passage"


def _threads() -> int:
    """``OMP_NUM_THREADS`` of the process where it is given, else the setting."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() else int(setting("MATCHING_ENCODER_THREADS"))


def encoders_named(names: tuple[str, ...]) -> tuple[Encoder, ...]:
    """These encoders, in order; models load at their first use."""
    return _built(names, _threads(), int(setting("MATCHING_ENCODER_MAX_CHARACTERS")))


def configured_names() -> tuple[str, ...]:
    """What ``MATCHING_ENCODERS`` names, each entry as one text. Raises ImproperlyConfigured."""
    entries = setting("MATCHING_ENCODERS")
    if found := complaints(entries):
        raise ImproperlyConfigured("MATCHING_ENCODERS: " + " ".join(found))
    return tuple(Declared.of(entry).text for entry in entries)


def active_encoders() -> tuple[Encoder, ...]:
    """The encoders of ``MATCHING_ENCODERS``."""
    return encoders_named(configured_names())


def applicable(encoders: tuple[Encoder, ...], asked: str, offered: str) -> tuple[Encoder, ...]:
    """Encoders that know both languages, in order."""
    return tuple(e for e in encoders if asked in e.languages and offered in e.languages)


def encoder_set_fingerprint(encoders: tuple[Encoder, ...]) -> str:
    """One short name for the whole set: changes when any encoder or its languages change."""
    facts = [(e.fingerprint, *sorted(e.languages)) for e in encoders]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
