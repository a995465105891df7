"""What one would build in an afternoon, on the same data: a hybrid query, and pgvector alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from django.db import connection

from demo.scale.exact import DEPTH, SHARES, Truth
from demo.scale.measure import Numbers, summary
from matching.documents import ExpertDocument, QueryDocument
from matching.encoders.base import unit

TABLE = "bench_plain"
INDEX = "bench-plain"
CANDIDATES = 200  # of the graph, per shard
GRAPH_UP_TO = 200_000  # beyond, building a graph takes longer than everything else together
Block = list[ExpertDocument]
Find = Callable[[QueryDocument, str], list[int]]


def _vector(document: ExpertDocument, encoder: str) -> list[float]:
    """One vector per expert: the mean of the pieces as they were embedded."""
    mean: list[float] = unit(document.vectors[encoder].mean(axis=0)).tolist()
    return mean


def _text(document: ExpertDocument) -> str:
    return "\n".join(f"{p['title']}. {p['text']}" for p in document.shown_pieces)


def compared(find: Find, queries: Sequence[QueryDocument], truth: Truth, rounds: int) -> Numbers:
    """Times and recall of one alternative, per filter."""
    found: Numbers = {}
    for share, (fact, _) in SHARES.items():
        ids = [find(query, fact) for query in queries]
        times = []
        for query in [query for _ in range(rounds) for query in queries]:
            start = perf_counter()
            find(query, fact)
            times.append((perf_counter() - start) * 1_000)
        found[share] = {**summary(times), "recall": round(truth.recall(ids, share), 4)}
    return found


# -- pgvector alone -------------------------------------------------------------------------------
def make_table(dims: int) -> None:
    """A table of its own for vectors and facts."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(
            f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, facts text[], vector vector({dims}))"
        )


def fill_table(block: Block, encoder: str) -> None:
    """Add some experts."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {TABLE} FROM STDIN") as target:
        for document in block:
            vector = ",".join(map(repr, _vector(document, encoder)))
            target.write_row((document.expert_id, list(document.facts), f"[{vector}]"))


def finish_table() -> None:
    """What its owner would do after loading."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX ON {TABLE} USING gin (facts)")
        cursor.execute(f"VACUUM ANALYZE {TABLE}")


def drop_table() -> None:
    """Remove the table of the alternative."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def pgvector_finder(encoder: str) -> Find:
    """``ORDER BY distance LIMIT 50`` with a filter; an exact scan."""

    def find(query: QueryDocument, fact: str) -> list[int]:
        vector = "[" + ",".join(map(repr, query.vectors[encoder].tolist())) + "]"
        condition = "WHERE facts @> ARRAY[%s]" if fact else ""
        statement = f"SELECT id FROM {TABLE} {condition} ORDER BY vector <=> %s::vector LIMIT %s"
        with connection.cursor() as cursor:
            cursor.execute(statement, [*([fact] if fact else []), vector, DEPTH])
            return [row[0] for row in cursor.fetchall()]

    return find


# -- a hybrid query of Elasticsearch --------------------------------------------------------------
def make_index(client: Any, dims: int, count: int) -> str:
    """One document per expert with its text and one vector, by the server's own analyser. Returns
    the kind of its vector index."""
    kind = "int8_hnsw" if count <= GRAPH_UP_TO else "int8_flat"
    drop_index(client)
    client.indices.create(
        index=INDEX,
        settings={"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"},
        mappings={
            "_source": {"excludes": ["vector"]},
            "properties": {
                "text": {"type": "text"},
                "facts": {"type": "keyword"},
                "vector": {
                    "type": "dense_vector",
                    "dims": dims,
                    "similarity": "cosine",
                    "index_options": {"type": kind},
                },
            },
        },
    )
    return kind


def finish_index(client: Any) -> None:
    """All of it can be found."""
    client.options(request_timeout=600).indices.refresh(index=INDEX)


def fill_index(client: Any, block: Block, encoder: str) -> None:
    """Add some experts."""
    patient = client.options(request_timeout=600)
    for part in (block[i : i + 500] for i in range(0, len(block), 500)):
        lines: list[dict[str, Any]] = []
        for document in part:
            lines.append({"index": {"_index": INDEX, "_id": str(document.expert_id)}})
            lines.append(
                {
                    "text": _text(document),
                    "facts": list(document.facts),
                    "vector": np.round(_vector(document, encoder), 6).tolist(),
                }
            )
        answer = patient.bulk(operations=lines)
        if answer["errors"]:
            raise RuntimeError("the search server refused documents of the plain index")


def drop_index(client: Any) -> None:
    """Remove the index of the alternative, if it is there."""
    client.options(ignore_status=404).indices.delete(index=INDEX)


def hybrid_finder(client: Any, encoder: str) -> Find:
    """A bool query of match and knn with a filter, the sum of both scores."""
    patient = client.options(request_timeout=60)

    def find(query: QueryDocument, fact: str) -> list[int]:
        filters = [{"term": {"facts": fact}}] if fact else []
        near = {
            "field": "vector",
            "query_vector": query.vectors[encoder].tolist(),
            "k": DEPTH,
            "num_candidates": CANDIDATES,
            "filter": filters,
        }
        should = [{"match": {"text": query.text}}, {"knn": near}]
        answer = patient.search(
            index=INDEX,
            query={"bool": {"should": should, "minimum_should_match": 1, "filter": filters}},
            size=DEPTH,
            source=False,
        )
        return [int(hit["_id"]) for hit in answer["hits"]["hits"]]

    return find
