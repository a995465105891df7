"""A request as searches: one per signal, all in one round trip, each with the filters inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matching.documents import QueryDocument
from matching.engines.asked import MOST_BY_TAGS, heaviest_words, query_vectors, wanted_tags
from matching.engines.base import Context, Filters
from matching.engines.elasticsearch.layout import WORDS, vector_field, word_feature

Body = dict[str, Any]
MOST_TERMS = 65_000  # of one clause; the server's limit is 65,536
OVERSAMPLE = 3.0  # quantised neighbours that are measured again with the exact vectors
WIDER = 1.2  # neighbours asked for beyond the limit, so that equal ones can be put in order
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


def searches(
    query: QueryDocument, filters: Filters, limit: int, context: Context
) -> list[tuple[str, Body]]:
    """Signal and search, in the order in which candidates are taken."""
    allowed = conditions(filters)
    found = [
        ("dense", _nearest(vector_field(encoder.name), vector.tolist(), allowed, limit))
        for encoder, vector in query_vectors(query, context)
    ]
    if words := heaviest_words(query, context):
        found.append(("lexical", _words(words, allowed, limit)))
    if tags := wanted_tags(query, context):
        found.append(("tags", _tags(tags, allowed, min(limit, MOST_BY_TAGS))))
    return found


def _nearest(field: str, vector: list[float], allowed: Body, limit: int) -> Body:
    wide = int(limit * WIDER) + 1
    knn = {
        "field": field,
        "query_vector": vector,
        "k": wide,
        "num_candidates": min(10_000, max(2 * wide, 100)),
        "rescore_vector": {"oversample": OVERSAMPLE},
        "filter": allowed,
    }
    return {"knn": knn, **_ids_only(limit)}


def _words(words: dict[int, float], allowed: Body, limit: int) -> Body:
    features = {word_feature(token): weight for token, weight in words.items()}
    said = {"sparse_vector": {"field": WORDS, "query_vector": features, "prune": False}}
    return {"query": {"bool": {"must": said, "filter": allowed}}, **_ids_only(limit)}


def _tags(tags: dict[str, float], allowed: Body, limit: int) -> Body:
    clauses = [
        {"constant_score": {"filter": {"term": {"tags": code}}, "boost": weight}}
        for code, weight in tags.items()
    ]
    asked = {"bool": {"should": clauses, "minimum_should_match": 1, "filter": allowed}}
    return {"query": asked, **_ids_only(limit)}


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
