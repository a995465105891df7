"""What the event log keeps of weights: who put which into use, and why."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.registry import register
from audit.services import record
from matching.events.words import says

register(
    "match.weights_fitted",
    says(_("%(who)s 판정 %(pairs)s건으로 가중치 %(on)s을(를) 새로 맞춤"), "pairs"),
    _("가중치 맞춤"),
)
register(
    "match.weights_activated",
    says(
        _("%(who)s 가중치를 %(before)s에서 %(on)s(으)로 바꿈, 사유: %(reason)s"),
        "before",
        "reason",
    ),
    _("가중치 적용"),
    ("reason",),
)
register(
    "match.weights_retired",
    says(_("%(who)s 가중치 %(on)s의 사용을 끝내고 기본값으로 되돌림, 사유: %(reason)s"), "reason"),
    _("기본 가중치로 복귀"),
    ("reason",),
)


def weights_fitted(weights: Any, by: Any) -> Event:
    """A candidate was fitted."""
    pairs = weights.trained_on.get("pairs", 0)
    data = {"pairs": pairs, "recommended": weights.is_recommended}
    return record("match.weights_fitted", by=by, on=weights, label=weights.version, data=data)


def weights_activated(weights: Any, by: Any, before: str, reason: str) -> Event:
    """A person put a set into use."""
    data = {
        "before": before,
        "weights": weights.scoring.get("weights", {}),
        "recommended": weights.is_recommended,
        "reason": reason,
    }
    return record("match.weights_activated", by=by, on=weights, label=weights.version, data=data)


def weights_retired(weights: Any, by: Any, reason: str) -> Event:
    """A person went back to the built-in weights."""
    data = {"reason": reason}
    return record("match.weights_retired", by=by, on=weights, label=weights.version, data=data)
