"""Synthetic people as rows of the site's tables, written with COPY."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

from django.db import connection, models
from django.utils import timezone

from accounts.models import User
from experts.choices import Section
from experts.documents import document_of
from experts.models import (
    Claim,
    Expert,
    ExpertField,
    ExpertPool,
    SearchDocument,
    TaxonomyNode,
)
from experts.services import ClaimRecord, ExpertRecord
from matching.adapters import SILENT_KINDS, record_of
from matching.documents import ExpertDocument
from matching.synthetic import Inventory, Person
from matching.synthetic.population import POOLS

Row = TypeVar("Row", bound=models.Model)
CLAIMS_EACH = 32  # ids set aside per person
PUBLIC_SHARE = 5  # of six people five may be seen by everyone


class Register:
    """Builds the rows of people; reads the taxonomy, pools and a reviewer once."""

    def __init__(self, inventory: Inventory, reviewer: User) -> None:
        self.inventory, self.reviewer = inventory, reviewer
        self.nodes = {n.code: n for n in TaxonomyNode.objects.select_related("parent")}
        self.pools = {pool.code: pool for pool in _pools()}
        self.now, self.today = timezone.now(), timezone.localdate()

    @cached_property
    def _experts(self) -> list[dict[str, Any]]:
        return [_values(self._expert(core)) for core in self.inventory.cores]

    @cached_property
    def _silent(self) -> list[list[dict[str, Any]]]:
        """Lines of each core that name an employer or a school and nothing else."""
        return [
            [
                _values(self._claim(line))
                for line in core.claims
                if line.kind in SILENT_KINDS and not line.text.strip()
            ]
            for core in self.inventory.cores
        ]

    @cached_property
    def _lines(self) -> list[dict[str, Any] | None]:
        return [_values(self._claim(line)) if line else None for line in self.inventory.lines]

    def _expert(self, core: ExpertRecord) -> Expert:
        since = self.now - timedelta(days=200)
        return Expert(
            origin=core.origin,
            region=core.region,
            languages=list(core.languages),
            headline=core.headline,
            bio=core.bio,
            keywords=list(core.keywords),
            modes=[str(mode) for mode in core.modes],
            weekdays=[1, 2, 3, 4, 5],
            public_sections=[str(section) for section in Section.values],
            state_since=since,
            created_at=since,
            submitted_at=since,
            approved_at=since,
            reviewer=self.reviewer,
        )

    def _claim(self, line: ClaimRecord) -> Claim:
        return Claim(
            kind=str(line.kind),
            title=line.title,
            organisation=line.organisation,
            role=line.role,
            text=line.text,
            starts_on=line.starts_on,
            ends_on=line.ends_on,
            details=dict(line.details),
            is_main=line.is_main,
            source="synthetic",
            created_at=self.now,
        )

    # -- one person -----------------------------------------------------------------------------
    def expert(self, person: Person, pk: int) -> Expert:
        """The profile with its lines, fields and pools at hand, as if prefetched."""
        cores = self.inventory.cores
        other = cores[person.name]
        expert = _like(Expert, self._experts[person.core])
        expert.pk = pk
        expert.public_id = uuid.UUID(int=pk)
        mine = cores[person.core]
        expert.name_ko = mine.name_ko[:1] + other.name_ko[1:] if mine.name_ko else other.name_ko
        expert.name_en = " ".join([*mine.name_en.split()[:1], *other.name_en.split()[-1:]])
        expert.state = person.state
        expert.monthly_cap = person.monthly_cap
        expert.availability = "paused" if person.standing == "paused" else "available"
        expert.expires_on = self._expires(person)
        expert.is_public = person.number % (PUBLIC_SHARE + 1) != 0
        expert.shares_with_departments = person.number % 10 != 0
        expert._prefetched_objects_cache = {  # type: ignore[attr-defined]
            "claims": self._claims(person, pk),
            "fields": self._fields(person, expert),
            "pools": [self.pools[code] for code in ("platform", *person.pools)],
        }
        return expert

    def _expires(self, person: Person) -> date | None:
        if person.standing == "lapsed":
            return self.today - timedelta(days=1 + person.number % 90)
        if person.state != "approved":
            return None
        return self.today + timedelta(days=30 + person.number % 600)

    def _claims(self, person: Person, expert_id: int) -> list[Claim]:
        claims = [_like(Claim, values) for values in self._silent[person.core]]
        for (title, body), year, verified in zip(
            person.pieces, person.years, person.verified, strict=True
        ):
            values = self._lines[title]
            if values is None:
                continue  # the self-description stands in the profile itself
            claim = _like(Claim, values)
            claim.text = self.inventory.pieces[body].text
            claim.starts_on = date(year, 1 + expert_id % 12, 1)
            claim.ends_on = None
            if verified:
                self._verify(claim)
            claims.append(claim)
        for place, claim in enumerate(claims[:CLAIMS_EACH]):
            claim.pk, claim.expert_id = expert_id * CLAIMS_EACH + place, expert_id
        return claims[:CLAIMS_EACH]

    def _verify(self, claim: Claim) -> None:
        claim.verification = "verified"
        claim.verified_by_id, claim.verified_at = self.reviewer.pk, self.now

    def _fields(self, person: Person, expert: Expert) -> list[ExpertField]:
        ranks: dict[str, int] = {}
        found = []
        for code in self.inventory.cores[person.core].fields:
            node = self.nodes[code]
            ranks[node.axis] = ranks.get(node.axis, 0) + 1
            found.append(ExpertField(expert=expert, node=node, rank=ranks[node.axis]))
        return found


def _pools() -> list[ExpertPool]:
    for code in POOLS:
        ExpertPool.objects.get_or_create(code=code, defaults={"name_ko": code, "name_en": code})
    return list(ExpertPool.objects.all())


def _values(row: models.Model) -> dict[str, Any]:
    """The state of an instance, with columns that are filled in on saving."""
    for each in row._meta.concrete_fields:
        each.pre_save(row, True)
    return dict(row.__dict__)


def _like(model: type[Row], values: dict[str, Any]) -> Row:
    """A new instance with these values; much quicker than the model's own constructor."""
    row = model.__new__(model)
    row.__dict__.update(values)
    return row


def indexed(document: ExpertDocument, expert: Expert) -> ExpertDocument:
    """The document with the facts that the site's own adapter reads from the profile."""
    record = record_of(expert)
    return replace(document, facts=record.facts, numbers=record.numbers)


# -- writing ------------------------------------------------------------------------------------
def store(experts: Sequence[Expert]) -> None:
    """Write the profiles with everything that hangs on them, search documents included."""
    kept: list[dict[str, Any]] = [e._prefetched_objects_cache for e in experts]  # type: ignore[attr-defined]
    through = Expert.pools.through
    copy(Expert, experts)
    copy(Claim, [claim for each in kept for claim in each["claims"]])
    copy(ExpertField, [row for each in kept for row in each["fields"]], skip=("id",))
    copy(
        through,
        [
            through(expert_id=expert.pk, expertpool_id=pool.pk)
            for expert, each in zip(experts, kept, strict=True)
            for pool in each["pools"]
        ],
        skip=("id",),
    )
    copy(SearchDocument, [document_of(expert) for expert in experts])


def copy(model: type[models.Model], rows: Iterable[models.Model], skip: Sequence[str] = ()) -> None:
    """COPY instances into the table of their model; ``skip`` columns that the database fills."""
    columns = [f for f in model._meta.concrete_fields if f.column not in skip]
    names = ", ".join(f'"{f.column}"' for f in columns)
    readers = [(f.attname, isinstance(f, models.JSONField)) for f in columns]
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as target,
    ):
        for row in rows:
            values = row.__dict__
            target.write_row(
                [
                    json.dumps(values[name], ensure_ascii=False) if is_json else values[name]
                    for name, is_json in readers
                ]
            )


def set_sequences() -> None:
    """Let the next profile and line get ids beyond those that were copied."""
    with connection.cursor() as cursor:
        for model in (Expert, Claim):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM \"{table}\""
            )
