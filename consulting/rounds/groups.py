"""Groups of experts that a round can ask for, and what they are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from consulting.rounds.models import RoundQuota
from experts.models import ExpertPool

By = RoundQuota.By
#: (kind, value) → label; pools and institutions are called by their names
LABELS: dict[tuple[str, str], Any] = {
    (By.ORIGIN, "domestic"): _("국내 전문가"),
    (By.ORIGIN, "overseas"): _("해외 전문가"),
    (By.SECTOR, "academia"): _("학계"),
    (By.SECTOR, "industry"): _("산업계"),
    (By.SECTOR, "public"): _("공공"),
}


def label_of(by: str, value: str) -> str:
    """How people call the group, in the reader's language."""
    if by == By.POOL:
        pool = ExpertPool.objects.filter(code=value).first()
        return str(pool or value)
    return str(LABELS.get((by, value), value))


def choices() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Everything but institutions, for a list to choose from, as ``kind:value``."""
    found: list[tuple[Any, list[tuple[str, Any]]]] = []
    for by in (By.ORIGIN, By.SECTOR):
        mine = [(f"{by}:{value}", label) for (kind, value), label in LABELS.items() if kind == by]
        found.append((by.label, mine))
    pools = [(f"{By.POOL}:{pool.code}", str(pool)) for pool in ExpertPool.objects.all()]
    return [*found, (By.POOL.label, pools)] if pools else found


def is_known(by: str, value: str) -> bool:
    """Whether there is such a group; an institution may be called anything."""
    if by == By.POOL:
        return ExpertPool.objects.filter(code=value).exists()
    return by == By.INSTITUTION or (by, value) in LABELS
