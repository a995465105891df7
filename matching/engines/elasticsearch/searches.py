"""A request as one search with the filters inside.

The server adds up the estimate (``matching.signals.estimate``) for everybody: nearness by meaning,
words, tags. A sum that is cut short by the best possible rest costs more here than the whole one:
every expert has some of the words. So all hits are counted (which keeps the server from trying),
and the filters are applied to what was added up, and inside the search by meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matching.background import LANGUAGES
from matching.engines.asked import REACH
from matching.engines.base import Filters
from matching.engines.elasticsearch.layout import WORDS, vector_field, word_feature
from matching.signals.estimate import Estimate, Near

Body = dict[str, Any]
MOST_TERMS = 65_000  # of one clause; the server's limit is 65,536
#: where up to so many are asked for, all of the nearest are measured again with the exact vectors;
#: who stands last among more does not matter, and reading exact vectors takes time
EXACT_UP_TO, ALL_OF_THEM, NONE_OF_THEM = 500, 1.0, 0
NOTHING: Body = {"match_none": {}}


def conditions(filters: Filters) -> Body:
    """Filters as one query that gives no score."""
    must: list[Body] = [{"term": {"facts": fact}} for fact in filters.all_of]
    without: list[Body] = []
    if filters.none_of:
        without.append({"terms": {"facts": list(filters.none_of)}})
    without += _id_clauses(filters.without)
    must += [_at_least(name, least) for name, least in sorted(filters.at_least.items())]
    if filters.only is not None:
        clauses = _id_clauses(filters.only)
        must.append({"bool": {"should": clauses}} if clauses else NOTHING)
    return {"bool": {"filter": must, "must_not": without}}


def _id_clauses(ids: Iterable[int]) -> list[Body]:
    ordered = sorted(ids)
    return [
        {"terms": {"expert_id": ordered[start : start + MOST_TERMS]}}
        for start in range(0, len(ordered), MOST_TERMS)
    ]


def _at_least(name: str, least: int) -> Body:
    reached: Body = {"range": {f"numbers.{name}": {"gte": least}}}
    if least > 0:
        return reached
    missing = {"bool": {"must_not": {"exists": {"field": f"numbers.{name}"}}}}
    return {"bool": {"should": [reached, missing]}}


def search(wanted: Estimate, filters: Filters, limit: int) -> Body:
    """The best by the estimate, equal ones by id; the answer holds ids and nothing else.

    A server's scores are not negative: products come as one plus the product, and the least of the
    bases is taken off all of them.
    """
    allowed = conditions(filters)
    shares = [_share(part.bases, -part.slope) for part in wanted.near]
    least = min(base for bases in shares for base in bases.values())
    should = [
        *(_nearness(part, allowed, limit) for part in wanted.near if part.encoder),
        *(
            _constant({"term": {"language": language}}, base - least)
            for bases in shares
            for language, base in bases.items()
            if base > least
        ),
        *_words(wanted.words),
        *(_constant({"term": {"tags": code}}, part) for code, part in wanted.tags.items()),
    ]
    return {
        "query": {"bool": {"should": should}},
        "post_filter": allowed,
        "track_total_hits": True,
        "size": limit,
        "_source": False,
        "stored_fields": "_none_",
        "sort": [{"_score": "desc"}, {"expert_id": "asc"}],
    }


def _share(bases: Mapping[str, float], more: float) -> dict[str, float]:
    return {language: base + more for language, base in bases.items()}


def _nearness(part: Near, allowed: Body, limit: int) -> Body:
    """The product, at least zero, for experts of the part's languages."""
    languages = {"terms": {"language": sorted(part.bases)}}
    again = ALL_OF_THEM if limit <= EXACT_UP_TO else NONE_OF_THEM
    near = {
        "field": vector_field(part.encoder.name) if part.encoder else "",
        "query_vector": part.vector.tolist(),
        "k": REACH,
        "num_candidates": REACH,
        "rescore_vector": {"oversample": again},
        "filter": [allowed] if set(part.bases) >= set(LANGUAGES) else [allowed, languages],
        "boost": part.slope,
    }
    floor = _constant(languages, part.slope)
    return {"dis_max": {"queries": [{"knn": near}, floor]}}


def _words(words: Mapping[int, float]) -> list[Body]:
    features = {word_feature(token): weight for token, weight in words.items()}
    asked = {"field": WORDS, "query_vector": features, "prune": False}
    return [{"sparse_vector": asked}] if features else []


def _constant(those: Body, boost: float) -> Body:
    return {"constant_score": {"filter": those, "boost": boost}}


ANSWER = ("responses.hits.hits.sort", "responses.status", "responses.error.type",
          "responses._shards.failed", "responses.timed_out")  # fmt: skip


def lines(alias: str, body: Body, seconds: float) -> list[Body]:
    """A search as the body of ``_msearch``, which says of an error where it comes from; a part of
    the index alone is no answer."""
    header = {"index": alias, "allow_partial_search_results": False}
    return [header, {**body, "timeout": f"{int(seconds * 1_000)}ms"}]


def ids_of(response: Body) -> list[int]:
    """Ids of one search's answer, best first."""
    return [int(hit["sort"][1]) for hit in response.get("hits", {}).get("hits", [])]
