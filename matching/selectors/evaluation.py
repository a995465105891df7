"""What the evaluation page and the report of a weight set show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from consulting.models import RequestKind
from matching.conf import Scoring, setting
from matching.evaluation.intervals import FEW, wilson
from matching.learning.fitting import PAIRS_PER_WEIGHT
from matching.learning.use import PLACES, WINDOW, YES_OR_NO
from matching.models import Evaluation, MatchCandidate, MatchRun, WeightSet
from matching.models.learning import SOURCES
from matching.selectors.cards import SIGNALS
from matching.selectors.judged import decided_runs
from matching.weights import set_for

Estimate = dict[str, float | None]
#: metric of use → (label, what it says); shares between 0 and 1 but for "position"
METRICS = {
    "top_5": (
        gettext_lazy("5위 안에서 선정"),
        gettext_lazy("선정된 사람이 추천 5위 안에 있던 요청의 비율"),
    ),
    "top_1": (gettext_lazy("1위를 선정"), gettext_lazy("추천 1위가 선정된 요청의 비율")),
    "position": (
        gettext_lazy("선정된 순위"),
        gettext_lazy("선정된 사람 가운데 가장 위에 있던 사람의 평균 순위"),
    ),
    "precision": (
        gettext_lazy("살펴본 사람 중 선정·예비"),
        gettext_lazy("표시한 마지막 사람까지 중 선정하거나 예비로 둔 사람의 비율"),
    ),
    "from_list": (
        gettext_lazy("목록에서 선정"),
        gettext_lazy("선정된 사람 중 직접 추가하지 않은 사람의 비율"),
    ),
    "ndcg@10": (
        gettext_lazy("순서의 정확도"),
        gettext_lazy("판정된 사람들의 순서가 맞은 정도 (nDCG@10)"),
    ),
}
#: measure of a comparison → label, and whether more is better
MEASURES = {
    "ndcg@10": (gettext_lazy("순서의 정확도 (nDCG@10)"), True),
    "pair_loss": (gettext_lazy("순서가 뒤바뀐 짝의 비율"), False),
    "log_loss": (gettext_lazy("가능성의 로그 손실"), False),
    "calibration_error": (gettext_lazy("가능성의 평균 오차"), False),
}
LANGUAGES = {"ko": gettext_lazy("한국어"), "en": gettext_lazy("영어")}


@dataclass(frozen=True)
class Cell:
    """One figure with its interval; low and high are None where none can be found."""

    name: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    count: int
    meaning: str = ""

    @property
    def is_share(self) -> bool:
        return self.name not in PLACES

    @property
    def is_few(self) -> bool:
        """Whether too few requests stand behind the figure to say anything by it."""
        return self.value is not None and self.count < FEW


def cells(figures: Mapping[str, Estimate], names: Iterable[str] = METRICS) -> list[Cell]:
    """The figures of use in the order of the table."""
    return [_cell(name, figures.get(name) or {}) for name in names]


def _cell(name: str, estimate: Estimate) -> Cell:
    label, meaning = METRICS[name]
    count, value = int(estimate.get("count") or 0), estimate.get("value")
    low, high = ends(name, estimate)
    return Cell(name, str(label), value, low, high, count, str(meaning))


def ends(name: str, estimate: Estimate) -> tuple[float | None, float | None]:
    """The interval to show: Wilson's for a share of requests, the stored one for a mean.

    Few requests drawn anew, or equal ones, make an interval that is too narrow; for means between
    0 and 1 Wilson's is shown then, which is wide enough for them.
    """
    value, low, high = (estimate.get(key) for key in ("value", "low", "high"))
    if value is None:
        return None, None
    count = int(estimate.get("count") or 0)
    if name in PLACES:
        return (None, None) if low == high else (low, high)
    if name in YES_OR_NO or count < FEW or low is None or low == high:
        return wilson(value, count)
    return low, high


@dataclass(frozen=True)
class Bin:
    """One bin of a calibration curve: stated, found, its interval, judgements behind it."""

    told: float
    found: float
    low: float
    high: float
    count: int

    @property
    def is_few(self) -> bool:
        return self.count < FEW


def bins(curve: Iterable[Mapping[str, float]]) -> list[Bin]:
    """Stored bins of a curve with Wilson's interval of what was found."""
    return [
        Bin(row["told"], row["found"], *wilson(row["found"], int(row["count"])), int(row["count"]))
        for row in curve
    ]


@dataclass(frozen=True)
class Group:
    """Figures of the requests of one language or kind."""

    group: str
    label: str
    cells: list[Cell]

    @property
    def count(self) -> int:
        return max((cell.count for cell in self.cells), default=0)

    @property
    def is_few(self) -> bool:
        return self.count < FEW


def split_rows(evaluation: Evaluation) -> list[Group]:
    """Figures for each language and each kind of request."""
    english = (get_language() or "ko").startswith("en")
    name = "label_en" if english else "label_ko"
    kinds = dict(RequestKind.objects.values_list("code", name))
    found = []
    for group, labels in (("language", LANGUAGES), ("kind", kinds)):
        title = _("요청 언어") if group == "language" else _("요청 종류")
        for code, figures in evaluation.figures.get(group, {}).items():
            found.append(Group(title, str(labels.get(code, code)), cells(figures)))
    return found


@dataclass(frozen=True)
class InForce:
    """The weights that searches use now, and why a set in use may be left aside."""

    version: str
    parts: list[tuple[str, float, float]]
    active: WeightSet | None
    is_left_aside: bool
    is_overridden: bool


def in_force(active: WeightSet | None) -> InForce:
    """The weights in force with the built-in ones beside them."""
    scoring, built_in = Scoring.current(), Scoring()
    parts = [
        (signal_label(name), value, built_in.weights.get(name, 0.0))
        for name, value in scoring.weights.items()
    ]
    return InForce(
        version=scoring.version,
        parts=parts,
        active=active,
        is_left_aside=active is not None and set_for(built_in.version) is None,
        is_overridden=bool(setting("MATCHING_SCORING")),
    )


def signal_label(name: str) -> str:
    return str(SIGNALS.get(name, name))


def sources(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Judgements by where they come from, in words."""
    labels = {str(source): label for source, label in SOURCES.items()}
    return [(str(labels.get(name, name)), number) for name, number in counts.items()]


@dataclass(frozen=True)
class Stock:
    """Judged pairs so far, and how many are needed to fit the weights."""

    rows: list[tuple[str, int]]
    total: int
    needed: int

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.total)


def stock(evaluation: Evaluation | None) -> Stock:
    """What could be learned from, as of an evaluation."""
    counts = evaluation.pairs_so_far if evaluation else {}
    needed = PAIRS_PER_WEIGHT * len(Scoring.current().weights)
    return Stock(sources(counts), sum(counts.values()), needed)


@dataclass(frozen=True)
class Measure:
    """One measure of a comparison: before, after, difference with interval."""

    label: str
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    higher_is_better: bool

    @property
    def verdict(self) -> str:
        """better, worse or unclear, by the interval of the difference."""
        if self.low is None or self.high is None:
            return "unclear"
        if self.low > 0 or self.high < 0:
            return "better" if (self.low > 0) == self.higher_is_better else "worse"
        return "unclear"


def measures(weights: WeightSet) -> list[Measure]:
    """The comparison on held-back requests, as stored."""
    report = weights.report
    found = []
    for name, (label, higher) in MEASURES.items():
        change = report["difference"].get(name) or {}
        before, after = (
            report[s]["figures"].get(name, {}).get("value") for s in ("before", "after")
        )
        value, low, high = (change.get(key) for key in ("value", "low", "high"))
        found.append(Measure(str(label), before, after, value, low, high, higher))
    return found


def weight_rows(weights: WeightSet) -> list[tuple[str, float, float, float, float]]:
    """(signal, before, after, lowest and highest over the folds)."""
    report = weights.report
    folds: Sequence[Mapping[str, float]] = report["fold_weights"]
    before, after = report["before"]["weights"], report["after"]["weights"]
    return [
        (
            signal_label(name),
            before.get(name, 0.0),
            value,
            min((fold[name] for fold in folds), default=value),
            max((fold[name] for fold in folds), default=value),
        )
        for name, value in after.items()
    ]


def decided_rows(viewer: Any, days: int = WINDOW) -> list[tuple[MatchRun, int | None]]:
    """Decided lists of the last days with the position of the first chosen, the newest first."""
    since = timezone.localdate() - timedelta(days=days - 1)
    seen = MatchRun.objects.visible_to(viewer).values("pk")
    runs = list(decided_runs(since).filter(pk__in=seen).prefetch_related(None))
    chosen = MatchCandidate.objects.filter(run__in=[run.pk for run in runs], mark="chosen")
    first = dict(chosen.order_by().values_list("run_id").annotate(Min("rank")))
    found = [(run, first.get(run.pk)) for run in runs]
    return sorted(found, key=lambda row: str(row[0].request.decided_at), reverse=True)
