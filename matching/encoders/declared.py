"""Entries of ``MATCHING_ENCODERS``: a model by its name, or with what the site declares about it.

A declared model is a table ``{"model": name or folder, "languages": ["ko"], "query": "query: ",
"passage": "passage: "}``; all but the model may be left out. As text (in the table of encoder sets)
it is the same as JSON, and a model without anything declared is its name alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from django.core.exceptions import ImproperlyConfigured

from matching.language import Language

LANGUAGES: tuple[str, ...] = get_args(Language)
BUNDLED = "bundled"
KEYS = ("model", "languages", "query", "passage")
MAX_NAME = 100  # characters of a column of the index


@dataclass(frozen=True)
class Declared:
    """One model. ``query`` and ``passage`` stand before every text; None: the model's own prompts.

    ``languages`` in the order of LANGUAGES.
    """

    model: str
    languages: tuple[str, ...] = LANGUAGES
    query: str | None = None
    passage: str | None = None

    @classmethod
    def of(cls, entry: str | Mapping[str, Any]) -> Declared:
        """Read an entry of the setting or its text. Raises ImproperlyConfigured."""
        if isinstance(entry, str) and entry.startswith("{"):
            entry = json.loads(entry)
        if found := list(_mistakes(entry)):
            raise ImproperlyConfigured("MATCHING_ENCODERS: " + " ".join(found))
        facts = {"model": entry} if isinstance(entry, str) else dict(entry)
        given = facts.get("languages", LANGUAGES)
        languages = tuple(language for language in LANGUAGES if language in given)
        return cls(facts["model"].strip(), languages, facts.get("query"), facts.get("passage"))

    @property
    def options(self) -> dict[str, Any]:
        """What is declared and differs from what holds without it."""
        languages = None if self.languages == LANGUAGES else list(self.languages)
        every = {"languages": languages, "query": self.query, "passage": self.passage}
        return {key: value for key, value in every.items() if value is not None}

    @property
    def text(self) -> str:
        """The same declaration always gives the same text."""
        if not self.options:
            return self.model
        facts = {"model": self.model, **self.options}
        return json.dumps(facts, ensure_ascii=False, sort_keys=True)

    @property
    def name(self) -> str:
        """Name of the encoder: with other declarations the same model is another encoder, so that
        it is made ready beside the present one."""
        return f"{self.model}#{_short(self.options)}" if self.options else self.model

    @property
    def prompts_mark(self) -> str:
        """Short hash of declared prompts, which change vectors; languages do not."""
        prompts = {"query": self.query, "passage": self.passage}
        given = {key: value for key, value in prompts.items() if value is not None}
        return _short(given) if given else ""


def _short(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def complaints(entries: Any) -> list[str]:
    """What is wrong with the setting, one sentence each; nothing for one that can be used."""
    if not isinstance(entries, list | tuple) or not entries:
        return ["it must be a list that names at least one model."]
    found = [mistake for entry in entries for mistake in _mistakes(entry)]
    return found or list(_mistakes_together([Declared.of(entry) for entry in entries]))


def _mistakes_together(models: Sequence[Declared]) -> Iterator[str]:
    names = [each.name for each in models]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name!r} stands in it twice."
    lacking = [language for language in LANGUAGES if language not in models[0].languages]
    if lacking:
        yield (
            f"the first model, {models[0].model!r}, must read every language of the site; it is "
            f"declared without {', '.join(lacking)}. Name one that does, as 'bundled', before it."
        )


def _mistakes(entry: Any) -> Iterator[str]:
    """What is wrong with one entry, each sentence naming it."""
    if isinstance(entry, str):
        entry = {"model": entry}
    if not isinstance(entry, Mapping):
        yield f"{entry!r} is neither a name nor a table with the key 'model'."
        return
    model = entry.get("model")
    if not isinstance(model, str) or not model.strip():
        yield f"{dict(entry)!r} names no model."
        return
    if unknown := sorted(str(key) for key in entry if key not in KEYS):
        yield f"{model!r}: unknown key {', '.join(unknown)}; known are {', '.join(KEYS)}."
    if model == BUNDLED and len(entry) > 1:
        yield f"{BUNDLED!r} knows its own languages and prompts; nothing can be declared about it."
    if len(model) > MAX_NAME - 9:
        yield f"{model!r}: a name or path of at most {MAX_NAME - 9} characters is possible."
    if "languages" in entry:
        yield from _mistakes_of_languages(model, entry["languages"])
    for key in ("query", "passage"):
        if not isinstance(entry.get(key, ""), str):
            yield f"{model!r}: {key} must be a text."


def _mistakes_of_languages(model: str, languages: Any) -> Iterator[str]:
    known = ", ".join(LANGUAGES)
    if not isinstance(languages, list | tuple) or not languages:
        yield f"{model!r}: languages must be a list of at least one of {known}."
        return
    for language in languages:
        if language not in LANGUAGES:
            yield f"{model!r}: the language {language!r} is unknown; known are {known}."
