"""Bringing in many finished profiles at once: an older register, or demo data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import ConsentDocument, ConsentRecord, Role, RoleGrant, User
from experts import events
from experts.changes import announce
from experts.choices import Language, Mode, Region, Section
from experts.claims import clean_claim
from experts.consents import COLUMN_OF_KIND
from experts.documents import refresh_documents
from experts.models import (
    Claim,
    Expert,
    ExpertField,
    ExpertPool,
    Relation,
    TaxonomyNode,
    Verification,
)

BATCH = 500


@dataclass(frozen=True)
class ClaimRecord:
    """One line as it is brought in; the columns are those of ``Claim``."""

    kind: str
    title: str
    organisation: str = ""
    role: str = ""
    text: str = ""
    identifier: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    is_main: bool = False
    is_retired: bool = False
    verification: str = Verification.DECLARED
    #: day of the decision; the day of approval when left out
    decided_on: date | None = None
    verified_until: date | None = None
    rejection_reason: str = ""


@dataclass(frozen=True)
class ExpertRecord:
    """One finished profile as it is brought in.

    ``user`` is an existing account; else ``email`` makes one that cannot sign in before its
    password is set; with neither the profile belongs to nobody and cannot be public. ``fields``
    holds codes of leaves, first choices first within each axis.
    """

    name_ko: str = ""
    name_en: str = ""
    user: User | None = None
    email: str = ""
    language: str = "ko"
    origin: str = Expert.Origin.DOMESTIC
    region: str = ""
    languages: Sequence[str] = ("ko",)
    headline: str = ""
    bio: str = ""
    keywords: Sequence[str] = ()
    orcid: str = ""
    researcher_number: str = ""
    fields: Sequence[str] = ()
    claims: Sequence[ClaimRecord] = ()
    #: (kind of Relation, name of the organisation, Organisation or None)
    relations: Sequence[tuple[str, str, Any]] = ()
    availability: str = Expert.Availability.AVAILABLE
    paused_until: date | None = None
    modes: Sequence[str] = ()
    weekdays: Sequence[int] = ()
    monthly_cap: int = 3
    public_sections: Sequence[str] = ()
    is_public: bool = False
    shares_with_departments: bool = False
    is_in_house: bool = False
    pools: Sequence[str] = ()
    state: str = Expert.State.APPROVED
    #: day of the last move; for approved profiles the day of approval
    since: date | None = None
    expires_on: date | None = None
    review_note: str = ""
    closing_reason: str = ""


#: columns of Expert that a record gives as they are
_PLAIN = (
    "name_ko", "name_en", "origin", "region", "headline", "bio", "orcid", "researcher_number",
    "availability", "paused_until", "monthly_cap", "is_public", "shares_with_departments",
    "is_in_house", "state", "expires_on", "review_note", "closing_reason",
)  # fmt: skip
_LISTS = ("languages", "keywords", "modes", "weekdays", "public_sections")


def bulk_load(
    records: Iterable[ExpertRecord], reviewer: User, source: str = "import"
) -> list[Expert]:
    """Create all profiles in one transaction, in the order given.

    ``reviewer`` stands as the one who decided on lines and approved. Consents are recorded for
    what the record shows. Some thousand rows take seconds. Raises ``ValueError`` naming the
    record whose codes, claims or consents cannot be right; then nothing is stored.
    """
    given = list(records)
    nodes = {node.code: node for node in TaxonomyNode.objects.filter(parent__isnull=False)}
    for number, record in enumerate(given):
        _check(number, record, nodes)
    with transaction.atomic():
        people = _people(given)
        experts = Expert.objects.bulk_create(
            [_expert(r, u, reviewer) for r, u in zip(given, people, strict=True)], BATCH
        )
        _store_parts(list(zip(given, experts, strict=True)), nodes, reviewer, source)
        for expert in experts:
            events.moved("imported", expert, reviewer, source=source)
        ids = [expert.pk for expert in experts]
        refresh_documents(ids)
        announce(ids)
    return experts


def _check(number: int, record: ExpertRecord, nodes: Mapping[str, TaxonomyNode]) -> None:
    where = f"record {number} ({record.name_ko or record.name_en})"
    lists = (
        ("field", record.fields, nodes),
        ("language", record.languages, Language.values),
        ("mode", record.modes, Mode.values),
        ("section", record.public_sections, Section.values),
        ("region", [record.region] if record.region else [], Region.values),
        ("state", [record.state], Expert.State.values),
    )
    for name, values, allowed in lists:
        unknown = [value for value in values if value not in allowed]
        if unknown:
            raise ValueError(f"{where}: unknown {name} {', '.join(map(str, unknown))}")
    shown = record.is_public or record.shares_with_departments
    if shown and not (record.user or record.email):
        raise ValueError(f"{where}: shown to others without a person who can consent")


def _people(records: Sequence[ExpertRecord]) -> list[User | None]:
    """Accounts, role and consents of each record's person."""
    new = {r.email.lower(): _user(r) for r in records if r.email and not r.user}
    User.objects.bulk_create(new.values(), BATCH)
    people = [r.user or new.get(r.email.lower()) for r in records]
    today = timezone.localdate()
    holders = {user.pk: user for user in people if user}
    known = set(
        RoleGrant.objects.in_force()
        .filter(role=Role.EXPERT, user__in=holders)
        .values_list("user_id", flat=True)
    )
    RoleGrant.objects.bulk_create(
        [
            RoleGrant(user=user, role=Role.EXPERT, starts_on=today)
            for pk, user in holders.items()
            if pk not in known
        ],
        BATCH,
    )
    _record_consents(list(zip(records, people, strict=True)))
    return people


def _user(record: ExpertRecord) -> User:
    return User(
        email=record.email.lower(),
        password=UNUSABLE_PASSWORD_PREFIX + get_random_string(40),
        name_ko=record.name_ko or record.name_en,
        name_en=record.name_en,
        language=record.language,
        email_confirmed_at=timezone.now(),
    )


def _record_consents(pairs: Sequence[tuple[ExpertRecord, User | None]]) -> None:
    latest: dict[str, ConsentDocument] = {}
    for document in ConsentDocument.objects.order_by("version"):
        latest[document.kind] = document
    rows = []
    for record, user in pairs:
        kinds = [k for k, column in COLUMN_OF_KIND.items() if getattr(record, column)]
        for kind in [str(ConsentDocument.Kind.COLLECTION), *kinds]:
            if user is None:
                continue
            if kind not in latest:
                raise ValueError(f"there is no consent document of kind {kind}")
            at = _moment(record.since)
            rows.append(ConsentRecord(person=user, document=latest[kind], agreed=True, at=at))
    ConsentRecord.objects.bulk_create(rows, BATCH)


def _expert(record: ExpertRecord, user: User | None, reviewer: User) -> Expert:
    values: dict[str, Any] = {name: getattr(record, name) for name in _PLAIN}
    values |= {name: list(getattr(record, name)) for name in _LISTS}
    since = _moment(record.since)
    seen = record.state not in (Expert.State.DRAFT, Expert.State.SUBMITTED)
    approved = seen and record.state not in (Expert.State.IN_REVIEW, Expert.State.CHANGES_ASKED)
    return Expert(
        user=user,
        state_since=since,
        created_at=since,
        submitted_at=since if record.state != Expert.State.DRAFT else None,
        approved_at=since if approved else None,
        reviewer=reviewer if seen else None,
        **values,
    )


def _moment(day: date | None) -> datetime:
    """Ten in the morning of the day; now when no day is given."""
    if day is None:
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(10)))


def _store_parts(
    pairs: Sequence[tuple[ExpertRecord, Expert]],
    nodes: Mapping[str, TaxonomyNode],
    reviewer: User,
    source: str,
) -> None:
    fields, claims, relations = [], [], []
    for record, expert in pairs:
        fields += _fields(expert, [nodes[code] for code in record.fields])
        claims += [_claim(expert, line, reviewer, source) for line in record.claims]
        relations += [
            Relation(expert=expert, kind=kind, organisation_name=name, organisation=organisation)
            for kind, name, organisation in record.relations
        ]
    ExpertField.objects.bulk_create(fields, BATCH)
    Claim.objects.bulk_create(claims, BATCH)
    Relation.objects.bulk_create(relations, BATCH)
    pools = {pool.code: pool for pool in ExpertPool.objects.all()}
    through = Expert.pools.through
    through.objects.bulk_create(
        [
            through(expert_id=expert.pk, expertpool_id=pools[code].pk)
            for record, expert in pairs
            for code in record.pools
        ]
    )


def _fields(expert: Expert, nodes: Iterable[TaxonomyNode]) -> list[ExpertField]:
    ranks: dict[str, int] = {}
    rows = []
    for node in nodes:
        ranks[node.axis] = rank = ranks.get(node.axis, 0) + 1
        if rank > 3:
            raise ValueError(f"{expert}: more than three fields on the axis {node.axis}")
        rows.append(ExpertField(expert=expert, node=node, rank=rank))
    return rows


def _claim(expert: Expert, line: ClaimRecord, reviewer: User, source: str) -> Claim:
    facts = {name: getattr(line, name) for name in _CLAIM_COLUMNS}
    try:
        values = clean_claim(line.kind, facts, timezone.localdate())
    except Exception as error:
        raise ValueError(f"{expert}: {line.kind} {line.title!r}: {error}") from error
    written = expert.created_at
    claim = Claim(expert=expert, kind=line.kind, source=source, created_at=written, **values)
    claim.verification = line.verification
    if line.verification != Verification.DECLARED:
        day = line.decided_on
        claim.verified_by = reviewer
        claim.verified_at = _moment(day) if day else expert.approved_at or expert.state_since
        claim.verified_until = line.verified_until
        claim.rejection_reason = line.rejection_reason
    return claim


_CLAIM_COLUMNS = (
    "title", "organisation", "role", "text", "identifier", "starts_on", "ends_on", "details",
    "is_main", "is_retired",
)  # fmt: skip
