"""A request as searches, all in one round trip, each with the filters inside.

By everything together: among the nearest by meaning, for each language of experts, the server adds
up what meaning, words and tags say (``matching.signals.estimate``). By words and by tags alone: who
is far by meaning and yet worth a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matching.engines.asked import REACH, Wanted
from matching.engines.base import Filters
from matching.engines.elasticsearch.layout import WORDS, vector_field, word_feature

Body = dict[str, Any]
MOST_TERMS = 65_000  # of one clause; the server's limit is 65,536
OVERSAMPLE = 1.0  # all of them are measured again with the exact vectors
NOTHING: Body = {"match_none": {}}
EVERYBODY: Body = {"match_all": {}}


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


def searches(asked: Wanted, filters: Filters) -> list[tuple[str, Body]]:
    """List and search, in the order in which candidates are taken."""
    allowed = conditions(filters)
    found = []
    if asked.together:
        found.append(("fused", {"query": _together(asked, allowed), **_ids_only(asked.limit)}))
    if asked.alone:
        said = {"bool": {"must": _words(asked.alone), "filter": allowed}}
        found.append(("lexical", {"query": said, **_ids_only(asked.most_words)}))
    if asked.tags:
        carried = {"should": _tags(asked.tags), "minimum_should_match": 1, "filter": allowed}
        found.append(("tags", {"query": {"bool": carried}, **_ids_only(asked.most_tags)}))
    return found


def _together(asked: Wanted, allowed: Body) -> Body:
    """The estimate as a sum of scores. A server's scores are not negative: products come as half
    of one plus the product, and the least of the bases is taken off all of them."""
    bases = [part.base - part.slope for part in asked.together]
    tags = _tags(asked.parts)
    either = []
    for part, base in zip(asked.together, bases, strict=True):
        near = {
            "field": vector_field(part.encoder.name),
            "query_vector": part.vector.tolist(),
            "k": REACH,
            "num_candidates": REACH,
            "rescore_vector": {"oversample": OVERSAMPLE},
            "filter": [allowed, {"term": {"language": part.language}}],
            "boost": 2 * part.slope,
        }
        must: list[Body] = [{"knn": near}]
        if base > min(bases):
            must.append({"constant_score": {"filter": EVERYBODY, "boost": base - min(bases)}})
        said = [_words(asked.words, part.by_words)] if asked.words and part.by_words > 0 else []
        either.append({"bool": {"must": must, "should": [*said, *tags]}})
    return {"bool": {"should": either, "minimum_should_match": 1}}


def _words(words: Mapping[int, float], boost: float = 1.0) -> Body:
    features = {word_feature(token): weight for token, weight in words.items()}
    asked = {"field": WORDS, "query_vector": features, "prune": False, "boost": boost}
    return {"sparse_vector": asked}


def _tags(tags: Mapping[str, float]) -> list[Body]:
    return [
        {"constant_score": {"filter": {"term": {"tags": code}}, "boost": weight}}
        for code, weight in tags.items()
    ]


def _ids_only(limit: int) -> Body:
    """Best first, equal ones by id; the answer holds ids and nothing else."""
    return {
        "size": limit,
        "_source": False,
        "stored_fields": "_none_",
        "track_total_hits": False,
        "sort": [{"_score": "desc"}, {"expert_id": "asc"}],
    }


ANSWER = ("responses.hits.hits.sort", "responses.status", "responses.error.type",
          "responses._shards.failed", "responses.timed_out")  # fmt: skip


def lines(alias: str, asked: Sequence[tuple[str, Body]], seconds: float) -> list[Body]:
    """Searches as the body of ``_msearch``; a part of the index alone is no answer."""
    header = {"index": alias, "allow_partial_search_results": False}
    limited = {"timeout": f"{int(seconds * 1_000)}ms"}
    return [line for _, search in asked for line in (header, {**search, **limited})]


def ids_of(response: Body) -> list[int]:
    """Ids of one search's answer, best first."""
    return [int(hit["sort"][1]) for hit in response.get("hits", {}).get("hits", [])]
