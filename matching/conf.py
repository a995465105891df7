"""Settings of the matching core with their defaults; every one can be set in Django's settings."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

DEFAULTS: dict[str, Any] = {
    # "bundled" (the two models that come with the installation), a hub name, a local folder, or a
    # table with languages and prompts of such a model (encoders.declared).
    "MATCHING_ENCODERS": ["bundled"],
    # A file of the site's own synonyms, added to the shipped ones; read once per process.
    "MATCHING_SYNONYMS": "",
    "SEARCH_ENGINE": "postgres",
    # Whether PostgreSQL keeps postings of every word. They are large; a very large pool on a search
    # cluster may do without, and then searches without the cluster use meaning and tags only.
    "MATCHING_POSTINGS": True,
    # The PostgreSQL engine searches up to so many experts in the memory of each process (about
    # 3.5 MB per thousand); larger pools in the database.
    "MATCHING_POOL_IN_MEMORY": 150_000,
    # Search cluster: exact scan or graph (auto, flat, graph), shards (0 = by size), copies
    # ("0-1": one as soon as there is a second node), seconds without it after a failure.
    "ELASTICSEARCH_VECTOR_INDEX": "auto",
    "ELASTICSEARCH_SHARDS": 0,
    "ELASTICSEARCH_REPLICAS": "0-1",
    "ELASTICSEARCH_PAUSE": 15,
    # PostgreSQL answers for a search cluster that is away among up to so many experts; among more
    # it would take longer than a run may, and searches say that the cluster is away.
    "MATCHING_STAND_IN_MOST": 200_000,
    # Candidates that the engine proposes before exact rescoring; "auto": by the size of the pool,
    # 330 up to 1,000 experts, 660 for 10,000, at most 1,300 (1,000 on a search cluster).
    "MATCHING_CANDIDATES": "auto",
    # Texts longer than this are cut before they are embedded (characters).
    "MATCHING_ENCODER_MAX_CHARACTERS": 8_000,
    # Threads of the encoder inside one process; more threads than free cores only spin.
    "MATCHING_ENCODER_THREADS": 1,
    "MATCHING_SCORING": {},
    # Share of a list's positions (never the first three) that go to people drawn by lot from below
    # the list, for learning without bias; 0: none, at most 0.3.
    "MATCHING_EXPLORATION_SHARE": 0.0,
    # Years for which a former employer counts: plain advice, review under a statute.
    "ELIGIBILITY_EMPLOYER_YEARS": 2,
    "ELIGIBILITY_EMPLOYER_YEARS_STATUTORY": 3,
    # Registers up to this size are counted in every run; larger ones once in so many seconds.
    "ELIGIBILITY_COUNT_EXACT": 20_000,
    "ELIGIBILITY_COUNT_SECONDS": 60,
    # Verified people that one request for a field asks for, in the map of supply and demand.
    "SUPPLY_EXPERTS_PER_REQUEST": 3,
    # People on a shortlist, and the most that staff may ask for.
    "MATCHING_SHORTLIST": 20,
    "MATCHING_SHORTLIST_MOST": 100,
    # Seconds that one run may take; beats of a working run and the silence that counts as death.
    "MATCHING_RUN_SECONDS": 120,
    "MATCHING_BEAT_SECONDS": 4,
    "MATCHING_SILENT_SECONDS": 20,
    # Allocation over a round: candidates per request, seconds for the fair plan and for all of it.
    "ALLOCATION_CANDIDATES": 60,
    "ALLOCATION_FAIR_SECONDS": 60,
    "ALLOCATION_RUN_SECONDS": 900,
    # Seconds after which a queued run is handed to the broker again, and how often a run is tried.
    "MATCHING_UNTAKEN_SECONDS": 15,
    "MATCHING_RUN_ATTEMPTS": 3,
    # Index work: objects per batch, tries, and seconds of the first pause after a failure.
    "MATCHING_INDEX_BATCH": 50,
    "MATCHING_INDEX_ATTEMPTS": 8,
    "MATCHING_INDEX_PAUSE": 15,
    # Experts that one sweep compares with their documents, and hours between full checks.
    "MATCHING_INDEX_WINDOW": 20_000,
    "MATCHING_INDEX_CHECK_HOURS": 24,
}


def setting(name: str) -> Any:
    """Value of a setting of this app, or its default."""
    return getattr(settings, name, DEFAULTS[name])


#: Ways to make one value of an expert's pieces: the best piece, the mean, ``best_share`` of the
#: best and the rest of the mean, or the sum (where the truth is prominence rather than fit); words
#: are counted over all pieces together.
AGGREGATIONS = {"dense": ("best", "mean", "half", "sum"), "lexical": ("whole",)}


@dataclass(frozen=True)
class Scoring:
    """Every number that the score depends on; its ``version`` is logged with each run.

    weights: share of each signal in the fused score.
    aggregation: how an expert's pieces make one value, per signal, by the names in AGGREGATIONS.
    best_share: part of the best piece in ``half``; the rest is the mean.
    specialist_share: part of the encoder that is made for the language of both texts, where one is.
    declared_penalty, yearly_penalty, oldest_penalty, kind_penalties: taken off a piece's normalised
        similarity (spreads, which add up like logits) when nobody has verified it, per year of age,
        at most for age, and for its kind: a post or a degree says less than work done.
    hub_penalty, hub_nearest: share of an expert's mean over the stored requests nearest to him
        that is taken off, and how many those are: a profile that is near to everything says little.
    middle_share, middle_nearest: a request's similarities are measured from its mean over the
        stored sample, drawn by this share to the mean over so many nearest of the sample.
    topic_share, topic_nearest: the mean of several pieces is taken with the request drawn by this
        share to so many nearest pieces of the stored sample.
    cross_words: how much shared words count between texts of different languages.
    k1, b: saturation and length normalisation of BM25; a word counts twice, so 2.4 is the usual
        1.2 of the literature.
    centre, spread: where the shown score is one half and how fast it moves (fused units).
    """

    weights: dict[str, float] = field(
        default_factory=lambda: {"dense": 0.7, "lexical": 0.3, "tags": 0.1}
    )
    aggregation: dict[str, str] = field(
        default_factory=lambda: {"dense": "half", "lexical": "whole"}
    )
    best_share: float = 0.5
    specialist_share: float = 0.7
    declared_penalty: float = 0.1
    yearly_penalty: float = 0.01
    oldest_penalty: float = 0.2
    kind_penalties: dict[str, float] = field(
        default_factory=lambda: {"career": 0.1, "education": 0.1}
    )
    hub_penalty: float = 0.3
    hub_nearest: int = 5
    topic_share: float = 1.0
    topic_nearest: int = 8
    middle_share: float = 0.2
    middle_nearest: int = 10
    cross_words: float = 0.8
    k1: float = 2.4
    b: float = 0.5
    centre: float = 1.5
    spread: float = 0.8
    version: str = "2"

    def __post_init__(self) -> None:
        """Raise ImproperlyConfigured for a name or a number that no score can be made with."""
        for signal, name in self.aggregation.items():
            if name not in AGGREGATIONS.get(signal, ()):
                known = {each: ", ".join(names) for each, names in AGGREGATIONS.items()}
                raise ImproperlyConfigured(f"aggregation of {signal}: {name!r}; known are {known}")
        numbers = [*self.weights.values(), *self.kind_penalties.values(), self.spread, self.centre]
        if not all(math.isfinite(number) for number in numbers) or self.spread <= 0:
            raise ImproperlyConfigured("weights, penalties and spread must be finite numbers")

    @property
    def fingerprint(self) -> str:
        """Short hash of all numbers, whatever they are called: what a calibration belongs to."""
        numbers = {key: value for key, value in asdict(self).items() if key != "version"}
        return hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:12]

    @classmethod
    def current(cls) -> Scoring:
        """Defaults, the active weight set, then the changes of ``MATCHING_SCORING``."""
        from matching.weights import changes_of

        scoring = cls()
        return replace(scoring, **{**changes_of(scoring.version), **setting("MATCHING_SCORING")})
