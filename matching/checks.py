"""Checks of settings and, with ``manage.py check --deploy``, of the search cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DatabaseError

from matching.conf import setting
from matching.encoders import complaints
from matching.synonym_files import read_site_file

#: what passes by itself or leaves the site working; anything else is wrong settings
PASSING = {"unreachable", "timeout", "partial", "rebuild", "refused"}
WISHES = ("auto", "flat", "graph")


@register()
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Settings that can be judged without asking anyone."""
    found: list[CheckMessage] = []
    if setting("ELASTICSEARCH_VECTOR_INDEX") not in WISHES:
        text = f"ELASTICSEARCH_VECTOR_INDEX must be one of {', '.join(WISHES)}."
        found.append(Error(text, id="matching.E001"))
    if not setting("MATCHING_POSTINGS") and setting("SEARCH_ENGINE") == "postgres":
        text = "Without MATCHING_POSTINGS the PostgreSQL engine does not find anyone by words."
        found.append(Warning(text, id="matching.W001"))
    return found


@register("matching")
def check_synonyms(**kwargs: Any) -> list[CheckMessage]:
    """The site's own synonyms: every mistake of the file, by its line."""
    path = str(setting("MATCHING_SYNONYMS") or "")
    problems = read_site_file(Path(path)).problems if path else ()
    return [Error(f"MATCHING_SYNONYMS: {each}", id="matching.E004") for each in problems]


@register("matching")
def check_encoders(**kwargs: Any) -> list[CheckMessage]:
    """The models of ``MATCHING_ENCODERS``: what can be judged without loading one."""
    found = complaints(setting("MATCHING_ENCODERS"))
    return [Error(f"MATCHING_ENCODERS: {each}", id="matching.E005") for each in found]


@register(deploy=True)
def check_cluster(**kwargs: Any) -> list[CheckMessage]:
    """Whether searches of this installation can be answered by the cluster now."""
    if setting("SEARCH_ENGINE") != "elasticsearch":
        return []
    from matching.engines.elasticsearch import ElasticsearchEngine
    from matching.pipeline import current_context

    try:
        problem = ElasticsearchEngine().problem(current_context())
    except DatabaseError as error:
        return [
            Warning(f"The database cannot be asked: {type(error).__name__}", id="matching.W002")
        ]
    if problem is None:
        return []
    kind = Warning if problem.code in PASSING else Error
    return [kind(problem.sentence, id=f"matching.{'W' if kind is Warning else 'E'}003")]
