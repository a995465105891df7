"""How evidence is laid out for candidates: one mean vector per expert, or every piece.

Run by hand: ``python -m config.local_services run --data var/layout -- env ELASTICSEARCH_URL=…
python -m tests.benchmarks.layout [experts]``. Nothing is stored in the database. Recall is
measured against the 50 experts whose full dense score (half best piece, half mean) is highest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import quantiles
from time import perf_counter
from typing import Any

import numpy as np

INDEX = "bench-layout"
TOP, ROUNDS, CHUNK = 50, 3, 1_000
DEPTHS, MOST = (50, 100, 200, 400), 400


def main() -> None:
    """Print one JSON object per layout."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    from elasticsearch import Elasticsearch

    from demo.material import demo_material, demo_queries
    from matching.pipeline import current_context
    from matching.synthetic import synthetic_documents

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    context = current_context()
    material = demo_material(context.encoders)
    people = list(synthetic_documents(material, context.encoders, count))
    queries = demo_queries(context.encoders)
    best = _best(queries, people, context)
    client = Elasticsearch(os.environ["ELASTICSEARCH_URL"].split(","), request_timeout=300)
    layouts = {"mean": Mean(), "pieces": Pieces(), "pieces and mean": Sums()}
    for name, layout in layouts.items():
        found = _measure(client, layout, people, queries, best, context)
        print(json.dumps({"layout": name, "experts": count, **found}), flush=True)
        client.indices.delete(index=INDEX)


def _best(queries: Sequence[Any], people: Sequence[Any], context: Any) -> list[set[int]]:
    """Ids of the TOP highest full dense scores for each request."""
    from matching.signals.dense import Asked, Measure, dense_raw, language_normal
    from matching.signals.hubs import hub_values

    measure = Measure(context.encoders, context.background, context.scoring)
    parts = [people[start : start + CHUNK] for start in range(0, len(people), CHUNK)]
    near_all = np.concatenate([hub_values("dense", part, measure) for part in parts])
    best: dict[str, set[int]] = {}
    for language in sorted({query.language for query in queries}):
        group = [query for query in queries if query.language == language]
        vectors = {name: np.stack([q.vectors[name] for q in group]) for name in group[0].vectors}
        raw = [
            language_normal(
                dense_raw(Asked(language, vectors), part, measure, group[0].year).raw,
                language, [d.language for d in part], context.background,
            )
            for part in parts
        ]  # fmt: skip
        values = np.nan_to_num(np.concatenate(raw), nan=-9.0)
        values -= context.scoring.hub_penalty * near_all[:, None]
        for column, query in enumerate(group):
            order = np.argsort(-values[:, column], kind="stable")[:TOP]
            best[query.key] = {people[i].expert_id for i in order}
    return [best[query.key] for query in queries]


def _centred(document: Any, encoder: Any, background: Any) -> np.ndarray:
    """Centred unit pieces in the languages of the encoder."""
    vectors, languages = document.vectors[encoder.name], np.array(document.pieces.languages)
    rows = [
        background.centred(encoder.name, "passage", language, vectors[languages == language])
        for language in sorted(encoder.languages)
        if (languages == language).any()
    ]
    return np.concatenate(rows) if rows else np.zeros((0, encoder.dims), np.float32)


class Mean:
    """What the engines do."""

    def fields(self, encoders: Sequence[Any]) -> dict[str, Any]:
        return {f"v{n}": _vector(e.dims, "dot_product") for n, e in enumerate(encoders)}

    def source(self, document: Any, context: Any) -> dict[str, Any]:
        from matching.signals.dense import candidate_vector

        found = {}
        for n, encoder in enumerate(context.encoders):
            vector = candidate_vector(document, encoder, context.background)
            if vector.any():
                found[f"v{n}"] = vector.tolist()
        return found

    def search(self, number: int, vector: list[float]) -> dict[str, Any]:
        return {"knn": _knn(f"v{number}", vector)}


class Pieces:
    """Every piece as a nested document; an expert counts by the best of his pieces."""

    similarity = "dot_product"

    def fields(self, encoders: Sequence[Any]) -> dict[str, Any]:
        return {
            f"p{n}": {"type": "nested", "properties": {"v": _vector(e.dims, self.similarity)}}
            for n, e in enumerate(encoders)
        }

    def source(self, document: Any, context: Any) -> dict[str, Any]:
        return {
            f"p{n}": [{"v": row.tolist()} for row in self.rows(document, e, context.background)]
            for n, e in enumerate(context.encoders)
        }

    def rows(self, document: Any, encoder: Any, background: Any) -> np.ndarray:
        return _centred(document, encoder, background)

    def search(self, number: int, vector: list[float]) -> dict[str, Any]:
        return {"knn": _knn(f"p{number}.v", vector)}


class Sums(Pieces):
    """Each piece plus the mean of all: the best product with them is best piece plus mean."""

    similarity = "max_inner_product"

    def rows(self, document: Any, encoder: Any, background: Any) -> np.ndarray:
        rows = _centred(document, encoder, background)
        return rows + rows.sum(axis=0) / max(len(document.pieces.languages), 1)


def _vector(dims: int, similarity: str) -> dict[str, Any]:
    options = {"type": "int8_flat"}
    return {
        "type": "dense_vector",
        "dims": dims,
        "similarity": similarity,
        "index_options": options,
    }


def _knn(field: str, vector: list[float]) -> dict[str, Any]:
    rescored = {"rescore_vector": {"oversample": 3.0}}
    return {"field": field, "query_vector": vector, "k": MOST, "num_candidates": MOST, **rescored}


def _measure(
    client: Any, layout: Any, people: Sequence[Any], queries: Sequence[Any],
    best: Sequence[set[int]], context: Any,
) -> dict[str, Any]:  # fmt: skip
    client.indices.delete(index=INDEX, ignore_unavailable=True)
    client.indices.create(
        index=INDEX,
        settings={"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"},
        mappings={
            "_source": {"enabled": False},
            "properties": layout.fields(context.encoders),
        },
    )
    sources = [(d.expert_id, layout.source(d, context)) for d in people]
    begun = perf_counter()
    for part in _parts(sources):
        lines = [line for pk, source in part for line in ({"index": {"_id": str(pk)}}, source)]
        answer = client.bulk(index=INDEX, operations=lines)
        assert not answer["errors"], answer["items"][0]
    client.indices.refresh(index=INDEX)
    load = perf_counter() - begun
    client.indices.forcemerge(index=INDEX, max_num_segments=1)
    size = client.indices.stats(index=INDEX, metric="store")["_all"]["primaries"]["store"]
    times: list[float] = []
    recalls: dict[int, list[float]] = {depth: [] for depth in DEPTHS}
    for turn in range(ROUNDS):
        for query, wanted in zip(queries, best, strict=True):
            begun = perf_counter()
            found = _found(client, layout, query, context)
            times.append((perf_counter() - begun) * 1_000)
            for depth in DEPTHS if not turn else ():
                taken = {pk for each in found for pk in each[:depth]}
                recalls[depth].append(len(taken & wanted) / len(wanted))
    cuts = quantiles(times, n=20)
    return {
        "load_s": round(load, 1), "bytes_per_expert": size["size_in_bytes"] // len(people),
        "recall_at_50": {d: round(float(np.mean(r)), 4) for d, r in recalls.items()},
        "p50_ms": round(cuts[9], 1), "p95_ms": round(cuts[18], 1),
    }  # fmt: skip


def _found(client: Any, layout: Any, query: Any, context: Any) -> list[list[int]]:
    """Ids of each encoder's search, best first."""
    lines = []
    for number, encoder in enumerate(context.encoders):
        known = query.vectors.get(encoder.name)
        if known is None:
            continue
        vector = context.background.centred(encoder.name, "query", query.language, known)
        search = layout.search(number, vector.tolist())
        lines += [{"index": INDEX}, {**search, "size": MOST, "_source": False}]
    answer = client.msearch(searches=lines)
    return [[int(hit["_id"]) for hit in each["hits"]["hits"]] for each in answer["responses"]]


def _parts(sources: Sequence[Any], size: int = 500) -> Iterator[list[Any]]:
    rest = iter(sources)
    while part := list(islice(rest, size)):
        yield part


if __name__ == "__main__":
    main()
