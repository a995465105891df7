"""Requests for tests.

RequestFactory()                          a draft that could be submitted
RequestFactory(accepted=True)             traits: submitted, returned, accepted, matching,
                                          shortlisted, decided, rejected, withdrawn
RequestFactory(blank=True)                a draft with nothing in it
RequestFactory(department=…, nodes=[…])   of a department, wanting these taxonomy nodes
scene()                                   officer, colleague, stranger, manager, request
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from consulting.kinds import read_kinds
from consulting.models import Message, Request, RequestField, RequestKind, Selection
from tests.factories.accounts import UserFactory

_KINDS = {row["code"]: row for row in read_kinds()}


def kind(code: str = "consulting-quick") -> RequestKind:
    """A kind as the product brings it along, also after the tables have been emptied."""
    facts = {name: value for name, value in _KINDS[code].items() if name != "code"}
    return RequestKind.objects.get_or_create(code=code, defaults=facts)[0]


def _number(year: int = 26) -> Any:
    # Far above what a test that submits by itself is given.
    return factory.Sequence(lambda n: f"{year}-{5000 + n}")


def _filed(state: str, **facts: Any) -> factory.Trait:
    return factory.Trait(
        state=state,
        number=_number(),
        submitted_at=factory.LazyFunction(timezone.now),
        next_due=factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=3)),
        **facts,
    )


def _taken(state: str, **facts: Any) -> factory.Trait:
    return _filed(
        state,
        manager=factory.SubFactory(UserFactory, manager=True),
        accepted_at=factory.LazyFunction(timezone.now),
        **facts,
    )


class RequestFactory(DjangoModelFactory):
    """A draft that could be submitted; traits give every other state."""

    class Meta:
        model = Request
        skip_postgeneration_save = True

    class Params:
        blank = factory.Trait(title="", situation="", problem="", ask="", deadline=None)
        submitted = _filed("submitted")
        returned = _filed("returned", manager=factory.SubFactory(UserFactory, manager=True))
        accepted = _taken("accepted")
        matching = _taken("matching")
        shortlisted = _taken("shortlisted")
        decided = _taken("decided", decided_at=factory.LazyFunction(timezone.now))
        rejected = _filed("rejected", closing_reason="같은 과제를 이미 돕고 있습니다.")
        withdrawn = _filed("withdrawn", closing_reason="사업 계획이 바뀌었습니다.")

    kind = factory.LazyFunction(kind)
    title = factory.Sequence(lambda n: f"대중교통 파업 때 시민 불편 예측 {n}")
    situation = "파업이 알려지면 상담 전화가 하루 만 건을 넘습니다."
    problem = "어느 지역의 문의가 늘지 미리 알지 못해 상담 인력을 옮기지 못합니다."
    ask = "교통카드와 상담 기록으로 문의량을 예측하는 방법을 알고 싶습니다."
    requester = factory.SubFactory(UserFactory, officer=True)
    department = factory.SelfAttribute("requester.department")
    deadline = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=60))

    @factory.post_generation
    def nodes(self: Any, create: bool, extracted: Any, **_: Any) -> None:
        ranks: dict[str, int] = {}
        for node in extracted or ():
            ranks[node.axis] = ranks.get(node.axis, 0) + 1
            RequestField.objects.create(request=self, node=node, rank=ranks[node.axis])

    @factory.post_generation
    def conversation(self: Any, create: bool, extracted: Any, **_: Any) -> None:
        if self.state == "returned":
            MessageFactory(request=self, author=self.manager)


class MessageFactory(DjangoModelFactory):
    """A question on a request."""

    class Meta:
        model = Message

    request = factory.SubFactory(RequestFactory, submitted=True)
    kind = Message.Kind.QUESTION
    author = factory.SubFactory(UserFactory, manager=True)
    body = factory.Sequence(lambda n: f"상담 기록은 몇 년치가 있습니까? ({n})")


class SelectionFactory(DjangoModelFactory):
    """A chosen expert; pass ``expert``."""

    class Meta:
        model = Selection

    request = factory.SubFactory(RequestFactory, decided=True)
    role = Selection.Role.CHOSEN
    reason = "비슷한 예측을 해 본 적이 있습니다."
    decided_by = factory.SubFactory(UserFactory, manager=True)


@dataclass(frozen=True)
class Scene:
    """The people around one request."""

    request: Request
    officer: User
    colleague: User
    stranger: User
    manager: User
    administrator: User
    auditor: User


def scene(**facts: Any) -> Scene:
    """A request, its officer, a colleague of the same department, an officer of another one."""
    officer = UserFactory(officer=True)
    return Scene(
        request=RequestFactory(requester=officer, **facts),
        officer=officer,
        colleague=UserFactory(officer=True, department=officer.department),
        stranger=UserFactory(officer=True),
        manager=UserFactory(manager=True),
        administrator=UserFactory(administrator=True),
        auditor=UserFactory(auditor=True),
    )
