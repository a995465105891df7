"""Proposed committees and draws for tests.

PanelFactory()              a proposal of one member for a shortlisted request
LotFactory()                an open list of three for one seat; traits: sealed, drawn
"""

from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from matching import services
from matching.models import Lot, LotEntry, Panel, PanelMember
from tests.factories.experts import ExpertFactory
from tests.factories.matching import RunFactory

NEED = {
    "code": "T1-01",
    "axis": "tech",
    "weight": 1.0,
    "sources": [{"kind": "field", "strength": 1.0, "words": [], "requests": []}],
}
CELL = {"value": 0.7, "tag": "T1-01", "relation": "exact", "named": 1, "quote": {}}


class PanelFactory(DjangoModelFactory):
    """A proposal with one member."""

    class Meta:
        model = Panel
        skip_postgeneration_save = True

    run = factory.SubFactory(RunFactory)
    request = factory.SelfAttribute("run.request")
    request_version = factory.SelfAttribute("run.request.version")
    terms = factory.LazyFunction(lambda: {"seats": 1})
    needs = factory.LazyFunction(lambda: [NEED])
    outcome = factory.LazyFunction(
        lambda: {"coverage": [0.7], "share": 1.0, "pool": 3, "wishes": []}
    )
    made_by = factory.SelfAttribute("run.requested_by")

    @factory.post_generation
    def members(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        expert = ExpertFactory()
        PanelMember.objects.create(
            panel=self,
            expert=expert,
            role="member",
            place=1,
            fit=0.8,
            expert_version=expert.version,
            cells=[CELL],
            adds=[0.7],
        )


class LotFactory(DjangoModelFactory):
    """An open list; with ``sealed`` or ``drawn`` the services have gone so far."""

    class Meta:
        model = Lot
        skip_postgeneration_save = True

    sealed = False
    drawn = False
    run = factory.SubFactory(RunFactory)
    request = factory.SelfAttribute("run.request")
    code = factory.Sequence(lambda n: f"ABCD-EFGH-{n:04d}")
    seats = 1
    reason = "추첨으로 정합니다."
    made_by = factory.SelfAttribute("run.requested_by")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Lot:
        sealed, drawn = kwargs.pop("sealed", False), kwargs.pop("drawn", False)
        lot: Lot = super()._create(model_class, *args, made_at=timezone.now(), **kwargs)
        for n in range(3):
            LotEntry.objects.create(
                lot=lot, expert=ExpertFactory(), axis="tech", reason="알맞습니다.", fit=0.7, salt=n
            )
        if sealed or drawn:
            lot = services.seal(lot.pk, lot.made_by)
        if drawn:
            lot = services.draw(lot.pk, lot.made_by, "주사위 3")
        return lot
