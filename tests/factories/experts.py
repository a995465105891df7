"""Expert profiles for tests.

    ExpertFactory()                      approved, public, one verified affiliation, two fields
    ExpertFactory(submitted=True)        traits per state: draft, submitted, in_review,
                                         changes_asked, approved, suspended, expired, withdrawn
    ExpertFactory(draft=True, bare=True) nothing but the account
    ExpertFactory(hidden=True)           approved, shown to nobody outside the Foundation
    ExpertFactory(shared=True)           approved, shown to departments as a card
    ExpertFactory(unverified=True)       approved, no verified line
    ExpertFactory(fields=["T1-01"], affiliation="한빛대학교")
    ClaimFactory(expert=expert, project=True, verified=True)   traits: a kind, verified, outdated,
                                                               rejected

Factories write rows as they are, without events or signals.
"""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import ConsentDocument, ConsentRecord
from experts.documents import refresh_documents
from experts.models import (
    Claim,
    ClaimKind,
    Expert,
    ExpertField,
    Relation,
    TaxonomyNode,
    Verification,
)
from tests.factories.accounts import UserFactory

State = Expert.State


def _days(number: int) -> Any:
    return factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=number))


def _now() -> Any:
    return factory.LazyFunction(timezone.now)


class ExpertFactory(DjangoModelFactory):
    """A profile with its person; complete enough to be submitted unless ``bare``."""

    class Meta:
        model = Expert
        skip_postgeneration_save = True

    class Params:
        draft = factory.Trait(state=State.DRAFT, private=True)
        submitted = factory.Trait(state=State.SUBMITTED, submitted_at=_now(), private=True)
        in_review = factory.Trait(state=State.IN_REVIEW, submitted_at=_now(), private=True)
        changes_asked = factory.Trait(
            state=State.CHANGES_ASKED, review_note="재직증명서가 필요합니다.", private=True
        )
        approved = factory.Trait(state=State.APPROVED)
        suspended = factory.Trait(state=State.SUSPENDED, closing_reason="확인 중입니다.")
        expired = factory.Trait(state=State.EXPIRED, expires_on=_days(-1))
        withdrawn = factory.Trait(state=State.WITHDRAWN, private=True, closing_reason="그만둡니다.")
        private = factory.Trait(is_public=False, shares_with_departments=False)
        hidden = factory.Trait(private=True)
        shared = factory.Trait(is_public=False, shares_with_departments=True)
        unverified = factory.Trait(affiliation_verified=False)
        paused = factory.Trait(availability=Expert.Availability.PAUSED)
        bare = factory.Trait(affiliation=None, fields=(), bio="", headline="", private=True)

    affiliation_verified = True
    user = factory.SubFactory(UserFactory, expert=True, department=None)
    state = State.APPROVED
    name_ko = factory.Sequence(lambda n: f"이전문{n}")
    name_en = factory.Sequence(lambda n: f"Expert Number {n}")
    region = "seoul"
    languages = ["ko", "en"]
    headline = "민원 글을 분류하고 근거를 찾습니다."
    bio = "상담 기록을 주제별로 나누고 원인을 찾는 일을 합니다. " * 5
    keywords = ["민원 분류"]
    modes = ["onsite", "online"]
    public_sections = ["bio", "affiliation", "project"]
    is_public = True
    shares_with_departments = True
    approved_at = _now()
    expires_on = _days(365)

    @factory.post_generation
    def fields(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        codes = ["T1-01", "A6-01"] if extracted is None else extracted
        ranks: dict[str, int] = {}
        for code in codes:
            node = TaxonomyNode.objects.get(code=code)
            ranks[node.axis] = ranks.get(node.axis, 0) + 1
            ExpertField.objects.create(expert=self, node=node, rank=ranks[node.axis])

    @factory.post_generation
    def affiliation(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """``affiliation=None`` cannot be told from leaving it out: bare profiles have no bio."""
        if self.bio:
            ClaimFactory(
                expert=self,
                affiliation=True,
                title=extracted or "한빛대학교",
                verified=self._verified,
                document=False,
            )

    @factory.post_generation
    def consents(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        kinds = {"collection": bool(self.bio), "public_profile": self.is_public}
        kinds["department_sharing"] = self.shares_with_departments
        for kind, agreed in kinds.items():
            if agreed and self.user_id:
                ConsentRecordFactory(person=self.user, kind=kind)

    @classmethod
    def _after_postgeneration(cls, instance: Expert, create: bool, results: Any = None) -> None:
        refresh_documents([instance.pk])

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Expert:
        verified = kwargs.pop("affiliation_verified", True)
        expert = super()._create(model_class, *args, **kwargs)
        expert._verified = verified
        return expert


class ClaimFactory(DjangoModelFactory):
    """One line, self-declared unless a trait says otherwise; a project unless a kind is named."""

    class Meta:
        model = Claim
        skip_postgeneration_save = True

    class Params:
        affiliation = factory.Trait(
            kind=ClaimKind.AFFILIATION,
            title="한빛대학교",
            role="부교수",
            is_main=True,
            text="",
            organisation="산업공학과",
        )
        education = factory.Trait(
            kind=ClaimKind.EDUCATION,
            title="가온대학교",
            role="doctor",
            details={"adviser": "박지도"},
        )
        career = factory.Trait(kind=ClaimKind.CAREER, title="누리연구원")
        qualification = factory.Trait(kind=ClaimKind.QUALIFICATION, title="정보관리기술사")
        paper = factory.Trait(kind=ClaimKind.PAPER, title="민원 글의 자동 분류")
        patent = factory.Trait(kind=ClaimKind.PATENT, title="문서 분류 방법")
        project = factory.Trait(kind=ClaimKind.PROJECT)
        award = factory.Trait(kind=ClaimKind.AWARD, title="데이터 분석 대상")
        advisory = factory.Trait(kind=ClaimKind.ADVISORY, title="정보화 사업 평가")
        verified = factory.Trait(
            verification=Verification.VERIFIED,
            verified_at=_now(),
            verified_by=factory.SubFactory(UserFactory, reviewer=True),
        )
        outdated = factory.Trait(verified=True, verified_until=_days(-1))
        rejected = factory.Trait(
            verification=Verification.REJECTED,
            verified_at=_now(),
            verified_by=factory.SubFactory(UserFactory, reviewer=True),
            rejection_reason="증명 자료와 다릅니다.",
        )

    expert = factory.SubFactory(ExpertFactory)
    kind = ClaimKind.PROJECT
    title = factory.Sequence(lambda n: f"상담 민원 원인 분류 {n}차")
    organisation = "서울시"
    text = "상담 기록 12만 건의 원인을 나누었습니다."
    starts_on = _days(-700)

    @factory.post_generation
    def document(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted is not False:
            refresh_documents([self.expert_id])


class RelationFactory(DjangoModelFactory):
    """A declared relation in force."""

    class Meta:
        model = Relation

    expert = factory.SubFactory(ExpertFactory)
    kind = Relation.Kind.ADVISER
    organisation_name = "다온기술"
    starts_on = _days(-100)


class ConsentRecordFactory(DjangoModelFactory):
    """A yes to the newest consent of a kind."""

    class Meta:
        model = ConsentRecord

    class Params:
        kind = "collection"

    person = factory.SubFactory(UserFactory)
    document = factory.LazyAttribute(
        lambda o: ConsentDocument.objects.filter(kind=o.kind).order_by("-version").first()
    )
    agreed = True
