"""Edits of a profile by its own person, one function per section of "my profile"."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions as accounts
from accounts.models import Organisation
from common.errors import MissingFacts, NotPermitted
from common.text import split_keywords
from experts import consents, events, permissions
from experts.choices import Language, Mode, Region, Section, Weekday
from experts.models import Axis, Expert, ExpertField, Relation, TaxonomyNode
from experts.selectors import taxonomy
from experts.services.editing import (
    chosen,
    cleaned_lines,
    cleaned_texts,
    editing,
    set_values,
)

LINES = {
    "name_ko": 60,
    "name_en": 80,
    "headline": 160,
    "orcid": 19,
    "researcher_number": 20,
}
TEXTS = {"bio": 10_000}
#: fields that one axis takes
MOST_FIELDS = 3
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_RESEARCHER = re.compile(r"[0-9A-Za-z-]{6,20}")


def register(user: Any) -> Expert:
    """The person's own profile; a new draft where there was none. Calling it twice makes one."""
    if not permissions.may_register(user):
        raise NotPermitted(_("전문가로 가입한 사람만 등록할 수 있습니다."))
    existing = Expert.objects.filter(user=user).first()
    if existing:
        return existing
    try:
        with transaction.atomic():
            expert = Expert.objects.create(
                user=user,
                name_ko=user.name_ko,
                name_en=user.name_en,
                languages=["ko"] if user.language == "ko" else ["en"],
                is_in_house=accounts.is_staff_member(user),
                **_shown(user),
            )
            events.moved("created", expert, user)
    except IntegrityError:
        return Expert.objects.get(user=user)
    return expert


def _shown(user: Any) -> dict[str, bool]:
    """What the person agreed to when the account was made."""
    agreed = consents.agreed_kinds(user)
    return {column: kind in agreed for kind, column in consents.COLUMN_OF_KIND.items()}


def change_basic(expert_id: int, by: Any, facts: Mapping[str, Any]) -> Expert:
    """Names, one line, self-description, origin, region, researcher numbers."""
    values: dict[str, Any] = cleaned_lines(facts, LINES) | cleaned_texts(facts, TEXTS)
    errors = _number_errors(values)
    for name, allowed in (("origin", Expert.Origin.values), ("region", ["", *Region.values])):
        if name in facts:
            values[name] = facts[name] or ""
            if values[name] not in allowed:
                errors[name] = _("목록에 없는 값입니다.")
    if errors:
        raise MissingFacts(errors)
    with editing(expert_id, by) as expert:
        changed = set_values(expert, values)
        if not (expert.name_ko or expert.name_en):
            raise MissingFacts({"name_ko": _("한글 이름과 영문 이름 가운데 하나는 필요합니다.")})
        events.profile_changed(expert, by, "changed", changed)
    return expert


def _number_errors(values: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if values.get("orcid") and not (_ORCID.fullmatch(values["orcid"]) and _sum_ok(values["orcid"])):
        errors["orcid"] = _(
            "ORCID는 0000-0002-1825-0097과 같은 모양입니다. 번호를 확인해 주십시오."
        )
    number = values.get("researcher_number")
    if number and not _RESEARCHER.fullmatch(number):
        errors["researcher_number"] = _("국가연구자번호는 6~20자의 숫자와 영문자입니다.")
    return errors


def _sum_ok(orcid: str) -> bool:
    """Check digit of ISO 7064 MOD 11-2, as ORCID uses it."""
    total = 0
    for digit in orcid[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    result = (12 - total % 11) % 11
    return orcid[-1] == ("X" if result == 10 else str(result))


def change_fields(
    expert_id: int,
    by: Any,
    codes: Mapping[str, Sequence[str]],
    keywords: str | Sequence[str] | None = None,
) -> Expert:
    """Ranked fields: axis → codes of leaves, first choice first; and free keywords.

    Axes that ``codes`` does not name stay as they are.
    """
    nodes = _checked_nodes(codes)
    with editing(expert_id, by) as expert:
        ExpertField.objects.filter(expert=expert, node__axis__in=list(codes)).delete()
        ExpertField.objects.bulk_create(
            ExpertField(expert=expert, node=node, rank=rank)
            for axis in codes
            for rank, node in enumerate(nodes[axis], start=1)
        )
        if keywords is not None:
            line = keywords if isinstance(keywords, str) else "\n".join(keywords)
            expert.keywords = split_keywords(line)
        events.profile_changed(expert, by, "fields_changed", sorted(codes))
    return expert


def _checked_nodes(codes: Mapping[str, Sequence[str]]) -> dict[str, list[TaxonomyNode]]:
    known = {node.code: node for node in taxonomy.in_force() if node.parent_id}
    errors: dict[str, str] = {}
    result: dict[str, list[TaxonomyNode]] = {}
    for axis, given in codes.items():
        picked = [code for code in given if code]
        nodes = [known[c] for c in picked if c in known and known[c].axis == axis]
        if axis not in Axis.values or len(nodes) != len(picked):
            errors[axis] = _("지금 쓰지 않는 분야가 들어 있습니다. 다시 골라 주십시오.")
        elif len(set(picked)) != len(picked):
            errors[axis] = _("같은 분야를 두 번 골랐습니다.")
        elif len(picked) > MOST_FIELDS:
            text = _("한 축에서 %(count)s개까지 고를 수 있습니다.")
            errors[axis] = text % {"count": MOST_FIELDS}
        result[axis] = nodes
    if errors:
        raise MissingFacts(errors)
    return result


def change_availability(expert_id: int, by: Any, facts: Mapping[str, Any]) -> Expert:
    """Available or paused, until when, how, on which days, how often, in which languages."""
    values = _availability(facts)
    with editing(expert_id, by) as expert:
        changed = set_values(expert, values)
        if expert.availability == Expert.Availability.AVAILABLE:
            expert.paused_until = None
        events.profile_changed(expert, by, "availability_changed", changed)
    return expert


def _availability(facts: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, allowed in (
        ("modes", Mode.values),
        ("weekdays", Weekday.values),
        ("languages", Language.values),
    ):
        if name in facts:
            values[name] = chosen(name, facts[name], allowed)
    if "availability" in facts:
        if facts["availability"] not in Expert.Availability.values:
            raise MissingFacts({"availability": _("목록에 없는 값입니다.")})
        values["availability"] = facts["availability"]
    if "paused_until" in facts:
        day = values["paused_until"] = facts["paused_until"] or None
        if day and day < timezone.localdate():
            raise MissingFacts({"paused_until": _("지난 날짜입니다.")})
    if "monthly_cap" in facts:
        cap = values["monthly_cap"] = facts["monthly_cap"]
        if not isinstance(cap, int) or not 0 <= cap <= 31:
            raise MissingFacts({"monthly_cap": _("0에서 31 사이의 수를 적어 주십시오.")})
    return values


def change_sections(expert_id: int, by: Any, sections: Sequence[str]) -> Expert:
    """Which parts of the profile the public directory shows, once publication is agreed to."""
    picked = chosen("public_sections", sections, Section.values)
    with editing(expert_id, by) as expert:
        set_values(expert, {"public_sections": picked})
        events.profile_changed(expert, by, "visibility_changed", picked)
    return expert


def declare_relation(expert_id: int, by: Any, facts: Mapping[str, Any]) -> Relation:
    """A relation that keeps the person from an organisation's cases."""
    limits = {"organisation_name": 160, "note": 300}
    values: dict[str, Any] = cleaned_lines(facts, limits)
    organisation = facts.get("organisation")
    values["organisation_name"] = values.get("organisation_name") or _name_of(organisation)
    errors = {}
    if facts.get("kind") not in Relation.Kind.values:
        errors["kind"] = _("목록에 없는 값입니다.")
    if not values["organisation_name"]:
        errors["organisation_name"] = _("기관을 고르거나 이름을 적어 주십시오.")
    starts, ends = facts.get("starts_on") or None, facts.get("ends_on") or None
    if starts and ends and ends < starts:
        errors["ends_on"] = _("종료일이 시작일보다 앞섭니다.")
    if errors:
        raise MissingFacts(errors)
    with editing(expert_id, by) as expert:
        relation, new = Relation.objects.get_or_create(
            expert=expert,
            kind=facts["kind"],
            organisation=organisation,
            starts_on=starts,
            ends_on=ends,
            **values,
        )
        if new:
            events.profile_changed(expert, by, "relation_declared", [str(relation.pk)])
    return relation


def _name_of(organisation: Organisation | None) -> str:
    return str(organisation.name_ko) if organisation else ""


def end_relation(relation_id: int, by: Any) -> Relation:
    """The relation has ended today; the row stays, since rules look back some years."""
    owner = Relation.objects.values_list("expert_id", flat=True).get(pk=relation_id)
    with editing(owner, by) as expert:
        relation = Relation.objects.get(pk=relation_id)
        today = timezone.localdate()
        if relation.ends_on is None or relation.ends_on > today:
            relation.ends_on = max(today, relation.starts_on or today)
            relation.save(update_fields=["ends_on"])
            events.profile_changed(expert, by, "relation_ended", [str(relation.pk)])
    return relation
