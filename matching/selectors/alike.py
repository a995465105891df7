"""Earlier requests like this one, by the stored vectors of their texts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from consulting.models import Request
from matching.adapters import text_query
from matching.background import Background
from matching.embedding import QUERY
from matching.encoders.base import Encoder
from matching.evidence import RequestQuery, text_hash
from matching.models.index import Embedding

Vector = NDArray[np.float32]
Key = tuple[int, int, str, str]
#: states in which staff had accepted the request with its fields
SETTLED = (
    Request.State.ACCEPTED,
    Request.State.MATCHING,
    Request.State.SHORTLISTED,
    Request.State.DECIDED,
)
#: how many are looked at, how many count, how many vectors a process keeps
NEWEST, NEAREST, REMEMBERED = 1_000, 8, 5_000

_known: OrderedDict[Key, Vector] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Alike:
    """An earlier request: number, share among the nearest (they add up to 1), codes wanted."""

    pk: int
    number: str
    share: float
    codes: tuple[str, ...]


def cached_vector(encoder: Encoder, text: str) -> Vector | None:
    """The vector of a text where it was computed before; pages never wait for a model."""
    return cached_vectors(encoder, [text]).get(text)


def cached_vectors(encoder: Encoder, texts: Sequence[str]) -> dict[str, Vector]:
    """Text → vector, for those that were computed before."""
    hashes = {text_hash(text): text for text in texts if text}
    rows = Embedding.objects.filter(
        fingerprint=encoder.fingerprint, role=QUERY, text_hash__in=list(hashes)
    ).values_list("text_hash", "vector")
    return {
        hashes[bytes(key)]: np.frombuffer(bytes(vector), "<f2").astype(np.float32)
        for key, vector in rows
    }


def centred(
    query: RequestQuery, vector: Vector, encoder: Encoder, background: Background
) -> Vector:
    """A request's vector less the mean of its language, of length one."""
    return background.centred(encoder.name, "query", query.detected_language, vector[None])[0]


def alike(mine: Vector, encoder: Encoder, background: Background, without: int) -> list[Alike]:
    """The nearest accepted or decided requests, nearest first, weighted by squared likeness.

    mine: centred vector of the request; without: its own id.
    """
    rows = Request.objects.filter(state__in=SETTLED).exclude(pk=without)
    newest = list(
        rows.order_by("-submitted_at", "-pk").values_list("pk", "version", "number")[:NEWEST]
    )
    vectors = _vectors([(pk, version) for pk, version, _ in newest], encoder, background)
    known = [(pk, number or "") for pk, _, number in newest if pk in vectors]
    if not known:
        return []
    matrix = np.stack([vectors[pk] for pk, _ in known])
    return _nearest(known, (matrix @ mine).clip(0) ** 2)


def _nearest(rows: Sequence[tuple[int, str]], weights: NDArray[np.float32]) -> list[Alike]:
    order = sorted(range(len(rows)), key=lambda i: (-weights[i], -rows[i][0]))[:NEAREST]
    total = float(weights[order].sum())
    if total <= 0:
        return []
    codes = _codes([rows[i][0] for i in order])
    return [
        Alike(pk, number, float(weights[i]) / total, codes.get(pk, ()))
        for i, (pk, number) in ((i, rows[i]) for i in order)
    ]


def _codes(ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = Request.objects.filter(pk__in=ids, fields__node__parent__isnull=False)
    for pk, code in rows.order_by("pk", "fields__rank").values_list("pk", "fields__node__code"):
        found[pk] = (*found.get(pk, ()), code)
    return found


def _vectors(
    rows: Sequence[tuple[int, int]], encoder: Encoder, background: Background
) -> dict[int, Vector]:
    """Id → centred vector; a request is read again only when its version has changed."""
    keys = {(pk, v, encoder.fingerprint, background.version): pk for pk, v in rows}
    with _lock:
        found = {pk: _known[key] for key, pk in keys.items() if key in _known}
    missing = {pk: key for key, pk in keys.items() if pk not in found}
    fresh = _read(list(missing), encoder, background)
    with _lock:
        _known.update({missing[pk]: vector for pk, vector in fresh.items()})
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return found | fresh


def _read(ids: Sequence[int], encoder: Encoder, background: Background) -> dict[int, Vector]:
    if not ids:
        return {}
    queries = {r.pk: text_query(r) for r in Request.objects.filter(pk__in=ids)}
    cached = cached_vectors(encoder, [query.full_text for query in queries.values()])
    return {
        pk: centred(query, cached[query.full_text], encoder, background)
        for pk, query in queries.items()
        if query.full_text in cached
    }
