"""Prepared experts and requests with made-up vectors, for tests that need no language model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.background import Background
from matching.background_builder import build_background
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument, expert_document, query_document
from matching.encoders import active_encoders
from matching.encoders.base import unit
from matching.engines.base import Context, Filters, Proposal
from matching.engines.packing import document_version, unpack_vectors
from matching.evidence import EvidencePiece, ExpertRecord, Field, RequestQuery

SUBJECTS = [
    "침수 예측과 하수관로 수위 분석",
    "민원 문서 자동 분류와 자연어처리",
    "교차로 신호 제어 강화학습",
    "flood forecasting with radar rainfall",
    "text classification for service requests",
    "adaptive traffic signal control",
]


def _vector(seed: str, dims: int) -> np.ndarray:
    generator = np.random.default_rng(abs(hash_of(seed)))
    vector = unit(generator.normal(size=(1, dims)).astype(np.float32))
    return unpack_vectors(vector.astype("<f2").tobytes(), dims)[0]


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode("utf-8", "ignore")[:8].ljust(8, b"."), "big")


def expert(
    number: int,
    texts: Sequence[str] = (),
    tags: Sequence[str] = (),
    facts: Sequence[str] = (),
    **numbers: int,
) -> ExpertDocument:
    pieces = tuple(
        EvidencePiece("paper", text, year=2020, verification="verified") for text in texts
    )
    record = ExpertRecord(number, "", tuple(tags), (), pieces, tuple(facts), numbers)
    vectors = {}
    for encoder in active_encoders():
        rows = [
            _vector(p.title, encoder.dims)
            if p.detected_language in encoder.languages
            else np.zeros(encoder.dims, np.float32)
            for p in pieces
        ]
        vectors[encoder.name] = np.array(rows, np.float32).reshape(len(rows), encoder.dims)
    document = expert_document(record, vectors)
    return ExpertDocument(**{**vars(document), "version": document_version(document)})


def request(text: str, tags: Sequence[str] = (), fields: Sequence[str] = ()) -> QueryDocument:
    query = RequestQuery("r", text, "", tuple(tags), tuple(Field(label) for label in fields))
    known = [e for e in active_encoders() if query.detected_language in e.languages and text]
    return query_document(query, {e.name: _vector(text, e.dims) for e in known})


def crowd(count: int = 40) -> list[ExpertDocument]:
    """Experts on the subjects in turn, with a few words of their own."""
    return [
        expert(n, [f"{n}번 {SUBJECTS[n % 6]}" if n % 6 < 3 else f"{SUBJECTS[n % 6]} {n}"])
        for n in range(1, count + 1)
    ]


def context(experts: Sequence[ExpertDocument] = ()) -> Context:
    scoring, encoders = Scoring(), active_encoders()
    queries = [request(subject) for subject in SUBJECTS]
    background = build_background(experts or crowd(), queries, encoders, scoring, Background())
    return Context(encoders, background, scoring)


class InMemory:
    """The smallest engine: everyone is proposed, nobody is filtered."""

    name = "memory"
    most = 1_000

    def __init__(self, documents: Sequence[ExpertDocument]) -> None:
        self.documents = {document.expert_id: document for document in documents}

    def propose(
        self, query: QueryDocument, filters: Filters, limit: int, context: Context
    ) -> Proposal:
        return Proposal(sorted(self.documents))

    def size(self, most: int) -> int:
        return min(len(self.documents), most)

    def load(self, ids: Sequence[int]) -> list[ExpertDocument]:
        return [self.documents[i] for i in sorted(ids) if i in self.documents]
