"""The directory's own index: documents, mapping and queries. No client here.

Texts stand as overlapping pieces (pairs of Hangul, triples of letters) one after another, so that a
phrase of a word's pieces is found exactly where the word stands inside one run of letters. A word
that is not one run ("c-its") cannot be found so; it is left to the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from experts.directory_engine import Question, Unanswerable, Words
from experts.grams import fold
from experts.models import Expert, SearchDocument

LAYOUT = 1  # raise it when documents are written in another way
#: between runs whose pieces would look like one run
GAP = "·"
FACETS = ("tech", "data", "domain", "region", "language")
MOST_VALUES = 300
DEEPEST = 10_000  # people that a server lists; further pages come from the database

_CJK = "\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3"
_RUNS = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")


def mapping() -> dict[str, Any]:
    """Mapping of the index; nothing of a profile is stored but what is searched."""
    text = {"type": "text", "analyzer": "whitespace", "norms": False}
    facet = {"type": "keyword", "eager_global_ordinals": True}
    return {
        "dynamic": "strict",
        "_source": {"enabled": False},
        "properties": {
            "expert_id": {"type": "long"},
            "user_id": {"type": "long"},
            "public": {"type": "boolean"},
            "departments": {"type": "boolean"},
            "name_ko": {"type": "keyword", "index": False},
            "name_en": {"type": "keyword", "index": False},
            "approved_at": {"type": "long", "index": False},
            **dict.fromkeys(FACETS, facet),
            **dict.fromkeys(("name", "card", "shown", "rest"), text),
        },
    }


def document(expert: Expert, texts: SearchDocument) -> dict[str, Any]:
    """One approved person; reads ``fields`` with their nodes and parents."""
    card = texts.card_text
    shown = texts.open_text.removeprefix(card)
    kept = set(shown.split("\n"))
    rest = [
        line for line in texts.full_text.removeprefix(card).split("\n") if line not in kept
    ]  # fmt: skip
    moment = expert.approved_at
    return {
        "expert_id": expert.pk,
        "user_id": expert.user_id,
        "public": expert.is_public,
        "departments": expert.shares_with_departments,
        "name_ko": expert.name_ko,
        "name_en": expert.name_en,
        "approved_at": None if moment is None else round(moment.timestamp() * 1_000_000),
        "region": expert.region,
        "language": expert.languages,
        **_fields(expert),
        "name": pieces("\n".join((fold(expert.name_ko), fold(expert.name_en))), short=True),
        "card": pieces(card, short=True),
        "shown": pieces(shown),
        "rest": pieces("\n".join(rest)),
    }


def _fields(expert: Expert) -> dict[str, list[str]]:
    codes: dict[str, set[str]] = {"tech": set(), "data": set(), "domain": set()}
    for field in expert.fields.all():
        codes[field.node.axis].add(field.node.code)
        if field.node.parent:
            codes[field.node.axis].add(field.node.parent.code)
    return {axis: sorted(found) for axis, found in codes.items()}


def pieces(text: str, *, short: bool = False) -> str:
    """A folded text as tokens. ``short``: one and two letters are found inside words as well."""
    tokens: list[str] = []
    inside: dict[str, None] = {}
    for run in _RUNS.findall(text):
        cut = _cut(run)
        if tokens and cut and tokens[-1][1:] == cut[0][:-1]:
            tokens.append(GAP)
        tokens += cut
        if _IS_CJK.match(run):
            inside |= dict.fromkeys(run)
        elif short:
            inside |= dict.fromkeys(f"~{run[i : i + n]}" for n in (1, 2) for i in range(len(run)))
    return " ".join([*tokens, GAP, *inside])


def _cut(run: str) -> list[str]:
    """Overlapping pieces of a run; a run of one or two letters stands as a whole."""
    if _IS_CJK.match(run):
        return [run[i : i + 2] for i in range(len(run) - 1)]
    if len(run) < 3:
        return [f"={run}"]
    return [run[i : i + 3] for i in range(len(run) - 2)]


# -- queries --------------------------------------------------------------------------------------


def hits(question: Question) -> dict[str, Any]:
    """The page and the number of everybody found."""
    if question.start + question.size > DEEPEST:
        raise Unanswerable
    orders: dict[str, list[Any]] = {
        "match": [{"_score": "desc"}, "name_ko", "name_en", "expert_id"],
        "name": ["name_ko", "name_en", "expert_id"],
        "recent": [{"approved_at": {"order": "desc", "missing": "_last"}}, "expert_id"],
    }
    nearness = [_nearness(word) for word in question.words if question.order == "match"]
    conditions = [*base(question), *(_chosen(question, name) for name in question.chosen)]
    return {
        "query": {"bool": {"filter": conditions, "must": nearness}},
        "sort": orders[question.order],
        "from": question.start,
        "size": question.size,
        "track_total_hits": True,
    }


def counts(question: Question) -> dict[str, Any]:
    """All facets; a server keeps the answer as long as nothing has changed."""
    return {
        "query": {"bool": {"filter": base(question)}},
        "size": 0,
        "aggs": {name: _counted(question, name) for name in FACETS},
    }


def _counted(question: Question, name: str) -> dict[str, Any]:
    """Values of one facet among the people who meet what is chosen in the others."""
    others = [_chosen(question, other) for other in question.chosen if other != name]
    values = {"terms": {"field": name, "size": MOST_VALUES}}
    return {"filter": {"bool": {"filter": others}}, "aggs": {"values": values}}


def base(question: Question) -> list[dict[str, Any]]:
    """Rights and words, as conditions that all hold."""
    found = [] if question.sight.everybody else [_seen(question)]
    if not question.words:
        return found
    every: dict[str, Any] = {"bool": {"filter": [_holds(question, w) for w in question.words]}}
    if question.whole:
        every = _any(every, _carries(question.whole))
    return [*found, every]


def _seen(question: Question) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [{"term": {"public": True}}]
    if question.sight.departments:
        ways.append({"term": {"departments": True}})
    if question.sight.user_id is not None:
        ways.append({"term": {"user_id": question.sight.user_id}})
    return _any(*ways)


def _chosen(question: Question, name: str) -> dict[str, Any]:
    return {"terms": {name: list(question.chosen[name])}}


def _holds(question: Question, word: Words) -> dict[str, Any]:
    fields = ("card", "shown", "rest") if question.sight.everybody else ("card", "shown")
    found = [_inside(field, word.word) for field in fields]
    return _any(*found, _carries(word.codes)) if word.codes else _any(*found)


def _nearness(word: Words) -> dict[str, Any]:
    """4 for the name, 2 for the card or a field, else 1: as the database orders."""
    card = _inside("card", word.word, anywhere=True)
    if word.codes:
        card = _any(card, _carries(word.codes))
    steps = [(_inside("name", word.word, anywhere=True), 4), (card, 2), ({"match_all": {}}, 1)]
    scored = [{"constant_score": {"filter": f, "boost": boost}} for f, boost in steps]
    return {"dis_max": {"queries": scored}}


def _inside(field: str, word: str, *, anywhere: bool = False) -> dict[str, Any]:
    """Texts that hold the word. ``anywhere``: one or two letters also inside longer words."""
    if not _RUNS.fullmatch(word):
        raise Unanswerable
    if _IS_CJK.match(word) and len(word) == 1:
        return {"term": {field: word}}
    if len(word) < 3 and anywhere and not _IS_CJK.match(word):
        return {"term": {field: f"~{word}"}}
    cut = _cut(word)
    if len(cut) == 1:
        return {"term": {field: cut[0]}}
    return {"match_phrase": {field: " ".join(cut)}}


def _carries(codes: Sequence[str]) -> dict[str, Any]:
    return _any(*({"terms": {axis: list(codes)}} for axis in ("tech", "data", "domain")))


def _any(*ways: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"should": list(ways), "minimum_should_match": 1}}


def lines(alias: str, question: Question) -> Iterator[dict[str, Any]]:
    """Both searches of a question, for one request."""
    yield {"index": alias}
    yield hits(question)
    yield {"index": alias, "request_cache": True}
    yield counts(question)
