"""The draw by lot: a reasoned list, sealed, drawn by a recorded seed, with those who decline."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import Conflict, MissingFacts, NotPermitted
from common.text import clean_line
from consulting.models import Request
from experts.models import Axis
from matching.events import committees as events
from matching.models import Lot, LotEntry, MatchCandidate
from matching.needs import AXES
from matching.panels import lot as draw_rules
from matching.permissions import may_match
from matching.selectors.lots import outcome
from matching.services.panels import _ready, put_on_list
from matching.services.pool import Pool, pool_of
from matching.services.shortlist import _open_list
from matching.services.texts import needed
from matching.taxonomy import label_of
from matching.transitions import lock_request

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
MOST_SEATS = 20
State = Lot.State


@dataclass(frozen=True)
class Asked:
    """What staff want: seats, how many times as many people on the list, seats kept per axis."""

    seats: int
    times: int
    reason: str
    quotas: Mapping[str, int]
    excluded: frozenset[int] = frozenset()


def make_lot(request_id: int, by: Any, asked: Asked) -> Lot:
    """An open list of the best fitting eligible people, each with a reason.

    Raises ``MissingFacts`` where seats, size or quotas cannot be held.
    """
    reason = needed("reason", asked.reason)
    quotas = {axis: int(asked.quotas.get(axis) or 0) for axis in AXES}
    _check(asked, quotas)
    request, run = _ready(request_id, by)
    pool = pool_of(request, run)
    entries = _entries(pool, asked, quotas)
    _check_list(entries, asked, quotas)
    with transaction.atomic():
        locked, run = _open_list(request_id, by)
        if Lot.objects.filter(request=locked, state__in=[State.OPEN, State.SEALED]).exists():
            text = _("진행 중인 추첨이 있습니다. 먼저 추첨하거나 무효로 해 주십시오.")
            raise Conflict(text, state="open")
        lot = Lot.objects.create(
            request=locked,
            run=run,
            code=new_code(),
            seats=asked.seats,
            quotas=quotas,
            reason=reason,
            made_by=by,
        )
        for entry in entries:
            entry.lot = lot
        LotEntry.objects.bulk_create(entries)
        events.lot_made(lot, by, len(entries))
    return lot


def new_code() -> str:
    """Twelve letters in three groups that are hard to guess and easy to read out."""
    letters = "".join(secrets.choice(LETTERS) for _letter in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _check(asked: Asked, quotas: Mapping[str, int]) -> None:
    text = _("%(least)s부터 %(most)s까지 적을 수 있습니다.")
    wrong: dict[str, str] = {}
    if not 1 <= asked.seats <= MOST_SEATS:
        wrong["seats"] = text % {"least": 1, "most": MOST_SEATS}
    if not draw_rules.FEWEST <= asked.times <= draw_rules.MOST:
        wrong["times"] = text % {"least": draw_rules.FEWEST, "most": draw_rules.MOST}
    if any(count < 0 for count in quotas.values()) or sum(quotas.values()) > asked.seats:
        wrong["quotas"] = _("축별 자리를 모두 더하면 자리 수보다 많습니다. 줄여 주십시오.")
    if wrong:
        raise MissingFacts(wrong)


def _entries(pool: Pool, asked: Asked, quotas: Mapping[str, int]) -> list[LotEntry]:
    """The list: for each axis with kept seats three times as many, then the best fitting others."""
    people = sorted(pool.people, key=lambda p: (-p.fit, p.key))
    people = [p for p in people if p.key not in asked.excluded]
    axes = {p.key: main_axis(pool, p.key) for p in people}
    size = asked.seats * asked.times
    taken: list[int] = []
    for axis in AXES:
        wanted = quotas[axis] * draw_rules.FEWEST
        taken += [p.key for p in people if axes[p.key] == axis][:wanted]
    taken += [p.key for p in people if p.key not in taken][: max(0, size - len(taken))]
    return [
        LotEntry(
            expert=pool.experts[p.key],
            axis=axes[p.key],
            fit=p.fit,
            salt=secrets.token_hex(16),
            reason=reason_for(pool, p.key, p.fit),
        )
        for p in people
        if p.key in set(taken)
    ]


def main_axis(pool: Pool, key: int) -> str:
    """The axis of whose needs a person answers the largest part; the earlier one when equal."""
    asked, answered = dict.fromkeys(AXES, 0.0), dict.fromkeys(AXES, 0.0)
    for need, value in zip(pool.needs, pool.matrix.values(key), strict=True):
        asked[need.axis] += need.weight
        answered[need.axis] += need.weight * value
    parts = {axis: answered[axis] / (asked[axis] or 1.0) for axis in AXES}
    return max(AXES, key=lambda axis: (parts[axis], -AXES.index(axis)))


def reason_for(pool: Pool, key: int, fit: float) -> str:
    """Why a person is on the list: fit, and the needs that he answers best."""
    cells = pool.matrix.rows.get(key, ())
    best = sorted(range(len(cells)), key=lambda n: -cells[n].value * pool.needs[n].weight)
    told = [label_of(pool.needs[n].code) for n in best[:3] if cells[n].level != "none"]
    fields = ", ".join(told) or _("요청 전반")
    return _("적합도 %(fit)s, 뒷받침되는 분야: %(fields)s") % {
        "fit": f"{fit:.2f}",
        "fields": fields,
    }


def _check_list(entries: list[LotEntry], asked: Asked, quotas: Mapping[str, int]) -> None:
    facts = {"count": len(entries), "seats": asked.seats}
    if draw_rules.size_problem(len(entries), asked.seats) == "few":
        text = _(
            "적격한 후보가 %(count)s명뿐입니다. %(seats)s자리를 추첨하려면 그 세 배가 필요합니다."
        )
        raise MissingFacts({"seats": text % facts})
    axes = Counter(entry.axis for entry in entries)
    code, axis = draw_rules.quota_problem(axes, quotas, asked.seats)
    if code == "short":
        text = _("%(axis)s 축을 맡을 후보가 %(count)s명이어서 %(wanted)s자리를 둘 수 없습니다.")
        short = {"axis": Axis(axis).label, "count": axes[axis], "wanted": quotas[axis]}
        raise MissingFacts({"quotas": text % short})


def _locked(lot_id: int, by: Any, *states: str) -> tuple[Request, Lot]:
    """Lock the request, then the lot, which must be in one of these states."""
    if not may_match(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
    request_id = Lot.objects.values_list("request_id", flat=True).get(pk=lot_id)
    request = lock_request(request_id)
    lot = Lot.objects.select_for_update(of=("self",)).get(pk=lot_id)
    if lot.state not in states:
        text = _("이 추첨은 그 사이에 상태가 바뀌었습니다. 화면을 새로 고쳐 주십시오.")
        raise Conflict(text, state=lot.state)
    return request, lot


def remove_entry(lot_id: int, entry_id: int, by: Any, reason: str) -> Lot:
    """Take a person off an open list, with a reason; three times the seats must stay."""
    reason = needed("reason", reason)
    with transaction.atomic():
        _request, lot = _locked(lot_id, by, State.OPEN)
        entry = lot.entries.filter(pk=entry_id).first()
        if entry is None:
            raise Conflict(_("그 사이에 목록이 바뀌었습니다. 화면을 새로 고쳐 주십시오."))
        rest = Counter(lot.entries.exclude(pk=entry_id).values_list("axis", flat=True))
        short = draw_rules.quota_problem(rest, lot.quotas, lot.seats)[0]
        if short or draw_rules.size_problem(rest.total(), lot.seats) == "few":
            text = _("이 사람을 빼면 자리의 세 배나 축별 자리를 채울 수 없습니다.")
            raise Conflict(text, state=lot.state)
        events.lot_entry_removed(lot, by, entry.expert_id, reason)
        entry.delete()
    return lot


def seal(lot_id: int, by: Any) -> Lot:
    """Fix the list: numbers, its hash, and the hash of a random system seed."""
    with transaction.atomic():
        _request, lot = _locked(lot_id, by, State.OPEN)
        entries = list(lot.entries.select_related("expert"))
        for entry in entries:
            entry.seal = seal_of(entry)
        tickets = draw_rules.numbered((entry.seal, entry.axis) for entry in entries)
        number = {ticket.seal: ticket.number for ticket in tickets}
        for entry in entries:
            entry.number = number[entry.seal]
        LotEntry.objects.bulk_update(entries, ["seal", "number"])
        lot.system_seed = secrets.token_hex(32)
        lot.commitment = draw_rules.sha256(lot.system_seed)
        lot.list_hash = list_hash(lot, tickets)
        lot.state, lot.sealed_by, lot.sealed_at = State.SEALED, by, timezone.now()
        lot.save()
        events.lot_sealed(lot, by, len(entries))
    return lot


def seal_of(entry: LotEntry) -> str:
    """What stands for this person in public."""
    return draw_rules.seal_of(entry.salt, str(entry.expert.public_id), entry.reason)


def list_hash(lot: Lot, tickets: list[draw_rules.Ticket]) -> str:
    """SHA-256 of the list's text."""
    text = draw_rules.list_text(lot.code, lot.seats, lot.quotas, lot.commitment, tickets)
    return draw_rules.sha256(text)


def draw(lot_id: int, by: Any, operator_seed: str) -> Lot:
    """Draw a sealed list once, by the operator's seed and the seed committed at sealing."""
    seed = clean_line(operator_seed or "")[:200]
    if not seed:
        raise MissingFacts({"operator_seed": _("참관인 앞에서 정한 값을 적어 주십시오.")})
    with transaction.atomic():
        _request, lot = _locked(lot_id, by, State.SEALED)
        if list_hash(lot, tickets_of(lot)) != lot.list_hash:
            text = _(
                "봉인한 뒤에 명부가 바뀌어 추첨할 수 없습니다. 무효로 하고 새로 만들어 주십시오."
            )
            raise Conflict(text, state="changed")
        lot.operator_seed = seed
        lot.state, lot.drawn_by, lot.drawn_at = State.DRAWN, by, timezone.now()
        lot.save()
        events.lot_drawn(lot, by, outcome(lot).seated)
    return lot


def tickets_of(lot: Lot) -> list[draw_rules.Ticket]:
    """The public list, by number, with the seals recomputed from the records."""
    entries = lot.entries.select_related("expert").order_by("number")
    return [draw_rules.Ticket(e.number or 0, e.axis, seal_of(e)) for e in entries]


def decline(lot_id: int, number: int, by: Any, reason: str) -> int | None:
    """A drawn person steps back; returns the number that takes the seat, if any is left."""
    reason = needed("reason", reason)
    with transaction.atomic():
        _request, lot = _locked(lot_id, by, State.DRAWN)
        before = outcome(lot)
        if number not in before.seated:
            raise Conflict(_("지금 자리를 맡은 번호가 아닙니다."), state=lot.state)
        entry = lot.entries.get(number=number)
        entry.declined_at, entry.declined_by = timezone.now(), by
        entry.decline_reason = reason
        entry.save()
        added = [n for n in outcome(lot).seated if n not in before.seated]
        following = added[0] if added else None
        events.lot_declined(lot, by, number, following, reason)
    return following


def void_lot(lot_id: int, by: Any, reason: str) -> Lot:
    """The list or the draw no longer counts; it stays on record with the reason."""
    reason = needed("reason", reason)
    with transaction.atomic():
        _request, lot = _locked(lot_id, by, State.OPEN, State.SEALED, State.DRAWN)
        lot.state, lot.void_reason = State.VOID, reason
        lot.save()
        events.lot_void(lot, by)
    return lot


def adopt_lot(lot_id: int, by: Any) -> Lot:
    """Mark the drawn people as chosen on the shortlist, as many of those who wait as alternates."""
    found = Lot.objects.get(pk=lot_id)
    with transaction.atomic():
        _open_list(found.request_id, by)
        _request, lot = _locked(lot_id, by, State.DRAWN)
        result = outcome(lot)
        entries = {e.number: e for e in lot.entries.select_related("expert")}
        marks = [(n, MatchCandidate.Mark.CHOSEN) for n in result.seated]
        marks += [(n, MatchCandidate.Mark.ALTERNATE) for n in result.waiting[: lot.seats]]
        for number, as_what in marks:
            text = _("추첨 %(code)s, 명부 %(number)s번. %(reason)s")
            facts = {"code": lot.code, "number": number, "reason": entries[number].reason}
            put_on_list(lot.request_id, entries[number].expert, as_what, text % facts, by)
        events.lot_adopted(lot, by, [entries[n].expert_id for n in result.seated])
    return lot
