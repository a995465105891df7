"""The site's own rows as records of the matcher."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.db import connection
from django.utils import timezone

from consulting.models import Request
from experts.models import Claim, ClaimKind, Expert, Verification
from matching.evidence import BIO_KIND, EvidencePiece, ExpertRecord, Field, RequestQuery

#: rank of a wanted field that staff took up from a suggestion
DESK_RANK = 1
#: later than any day that is written
LAST_DAY = date.max.toordinal()
APPROVED, VERIFIED_CLAIM = "approved", "verified"
# Written out, because building it from querysets takes longer than asking it.
_WANTED = """
SELECT label_ko, axis, code, rank FROM (
    SELECT node_id, rank, 0 AS place FROM consulting_requestfield WHERE request_id = %(request)s
    UNION ALL
    SELECT node_id, %(rank)s, d.id FROM matching_deskfield d
    WHERE request_id = %(request)s AND state = 'accepted' AND node_id NOT IN (
        SELECT node_id FROM consulting_requestfield WHERE request_id = %(request)s)
) wanted JOIN experts_taxonomynode node ON node.id = node_id
ORDER BY place, axis, rank"""
# The name of an employer or a school says little about a person's subject.
SILENT_KINDS = (ClaimKind.AFFILIATION, ClaimKind.EDUCATION)


def records_of(ids: Iterable[int]) -> list[ExpertRecord]:
    """Records of these experts, ascending by id; rows that are gone are left out."""
    experts = (
        Expert.objects.filter(pk__in=list(ids))
        .prefetch_related("claims", "fields__node", "pools")
        .order_by("pk")
    )
    return [record_of(expert) for expert in experts]


def record_of(expert: Expert) -> ExpertRecord:
    """One expert with all claims that may be used: not rejected, not marked as past direction."""
    claims = [claim for claim in expert.claims.all() if not claim.is_retired]
    telling = [c for c in claims if c.text.strip() or c.kind not in SILENT_KINDS]
    pieces = [_bio(expert), *(_piece(claim) for claim in telling)]
    return ExpertRecord(
        key=expert.pk,
        name=expert.name_ko or expert.name_en,
        tags=tuple(expert.keywords),
        fields=tuple(
            Field(f.node.label_ko, f.node.axis, f.node.code, f.rank) for f in expert.fields.all()
        ),
        pieces=tuple(piece for piece in pieces if piece.full_text),
        facts=_facts(expert, claims),
        numbers={"monthly_cap": expert.monthly_cap, **days_of(expert)},
    )


def days_of(expert: Expert) -> dict[str, int]:
    """The dated rules about the expert alone, as numbers that a filter compares with a day.

    eligible_until: last day (``date.toordinal``) on which approval and a verified line hold; 0 when
    none does, or when the expert takes no work at all. pause_over: ``LAST_DAY`` less the last day
    of the pause, ``LAST_DAY`` without one, 0 for a pause without an end. Both grow with what is
    allowed, and an index that lacks them lets nobody through.
    """
    approved = expert.state == Expert.State.APPROVED and expert.monthly_cap > 0
    verified = [c for c in expert.claims.all() if c.verification == Verification.VERIFIED]
    proven = max((_ordinal(c.verified_until) for c in verified), default=0)
    paused = expert.availability == Expert.Availability.PAUSED
    return {
        "eligible_until": min(_ordinal(expert.expires_on), proven) if approved else 0,
        "pause_over": LAST_DAY - _ordinal(expert.paused_until) if paused else LAST_DAY,
    }


def _ordinal(day: date | None) -> int:
    """A day as a number; no day is later than any."""
    return day.toordinal() if day else LAST_DAY


def _bio(expert: Expert) -> EvidencePiece:
    return EvidencePiece(
        kind=BIO_KIND, title=expert.headline, text=expert.bio, source_ref=f"expert:{expert.pk}"
    )


def _piece(claim: Claim) -> EvidencePiece:
    latest = claim.ends_on or claim.starts_on
    context = ", ".join(part for part in (claim.organisation, claim.role) if part)
    return EvidencePiece(
        kind=claim.kind,
        title=claim.title,
        text=claim.text or context,
        year=latest.year if latest else None,
        verification=claim.verification,  # type: ignore[arg-type]
        source_ref=f"claim:{claim.pk}",
        verified_on=claim.verified_at.date() if claim.verified_at else None,
    )


def _facts(expert: Expert, claims: list[Claim]) -> tuple[str, ...]:
    """Facts that searches filter by; dated rules are checked by the eligibility module."""
    facts = [
        f"state:{expert.state}",
        f"availability:{expert.availability}",
        f"origin:{expert.origin}",
    ]
    if expert.state == Expert.State.APPROVED:
        facts.append(APPROVED)
    if any(claim.verification == "verified" for claim in claims):
        facts.append(VERIFIED_CLAIM)
    facts += [f"pool:{pool.code}" for pool in expert.pools.all()]
    facts += [f"language:{language}" for language in expert.languages]
    facts += [f"mode:{mode}" for mode in expert.modes]
    return tuple(facts)


def query_of(request: Request) -> RequestQuery:
    """One request: its text, keywords and wanted fields, those that staff took up included."""
    asked = request.submitted_at or request.created_at
    return replace(
        text_query(request),
        tags=tuple(request.keywords),
        fields=tuple(_wanted(request)),
        year=timezone.localtime(asked).year,
    )


def _wanted(request: Request) -> list[Field]:
    """The fields asked for by axis and rank, then those that were taken up besides."""
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, {"request": request.pk, "rank": DESK_RANK})
        return [Field(*row) for row in cursor.fetchall()]


def text_query(request: Request) -> RequestQuery:
    """The text of a request alone: title and the parts of its form. No query is made."""
    parts = (
        request.situation,
        request.problem,
        request.ask,
        request.expected_effect,
        request.data_held,
        request.audience,
    )
    body = "\n".join(part.strip() for part in parts if part.strip())
    return RequestQuery(key=str(request.pk), title=request.title, body=body)
