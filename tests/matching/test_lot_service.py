"""A draw on real rows: list, seal, draw, who declines, certificate, what the public sees."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from matching import services
from matching.models import Lot, LotEntry, MatchRun
from matching.selectors.lots import certificate_json, lot_by_code, outcome
from matching.services.lots import Asked, seal_of
from tests.factories.accounts import UserFactory
from tests.matching.committee import run, written_once

__all__ = ["run", "written_once"]

pytestmark = [pytest.mark.django_db, pytest.mark.encoder]
REASON = "후보가 많고 모두 알맞아 추첨으로 정합니다."
DICE = "주사위 4 1 6 2 5"


def make(run: MatchRun, seats: int = 3, times: int = 3, **quotas: int) -> Lot:
    return services.make_lot(run.request_id, run.requested_by, Asked(seats, times, REASON, quotas))


@pytest.fixture
def drawn(run: MatchRun) -> Lot:
    lot = make(run, 3, 4, tech=1)
    services.seal(lot.pk, run.requested_by)
    return services.draw(lot.pk, run.requested_by, DICE)


def test_the_list_is_reasoned_and_of_the_size_asked_for(run: MatchRun) -> None:
    lot = make(run, 3, 4, tech=1, data=1)
    entries = list(lot.entries.all())
    assert len(entries) == 12
    assert all(entry.reason.startswith("적합도") for entry in entries)
    assert sum(entry.axis == "tech" for entry in entries) >= 3
    assert not lot.is_public and lot_by_code(lot.code) is None


@pytest.mark.parametrize(
    ("seats", "times", "quotas", "field"),
    [
        (0, 3, {}, "seats"),
        (3, 2, {}, "times"),
        (3, 11, {}, "times"),
        (3, 3, {"tech": 2, "data": 2}, "quotas"),
        (3, 3, {"tech": -1}, "quotas"),
        (9, 3, {}, "seats"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_stored(
    run: MatchRun, seats: int, times: int, quotas: dict[str, int], field: str
) -> None:
    with pytest.raises(MissingFacts) as caught:
        make(run, seats, times, **quotas)
    assert field in caught.value.message_dict
    assert not Lot.objects.exists() and not LotEntry.objects.exists()


def test_one_open_draw_per_request(run: MatchRun) -> None:
    lot = make(run)
    with pytest.raises(Conflict):
        make(run)
    services.void_lot(lot.pk, run.requested_by, "다시 만듭니다.")
    assert make(run).state == "open"


def test_a_person_is_taken_off_with_a_reason_while_the_list_is_open(run: MatchRun) -> None:
    lot = make(run, 3, 4)
    entry = lot.entries.first()
    services.remove_entry(lot.pk, entry.pk, run.requested_by, "일정이 맞지 않습니다.")
    assert lot.entries.count() == 11
    for entry in list(lot.entries.all())[:2]:
        services.remove_entry(lot.pk, entry.pk, run.requested_by, "일정이 맞지 않습니다.")
    with pytest.raises(Conflict):  # nine are three times three
        services.remove_entry(lot.pk, lot.entries.first().pk, run.requested_by, "더 뺍니다.")


def test_sealing_publishes_hash_and_commitment_before_the_draw(run: MatchRun) -> None:
    lot = services.seal(make(run).pk, run.requested_by)
    facts = certificate_json(lot)
    assert len(facts["list_hash"]) == len(facts["commitment"]) == 64
    assert facts["system_seed"] == facts["operator_seed"] == ""
    assert [row["seal"] for row in facts["list"]] == sorted(row["seal"] for row in facts["list"])
    assert lot.system_seed not in json.dumps(facts)
    with pytest.raises(Conflict):
        services.remove_entry(lot.pk, lot.entries.first().pk, run.requested_by, "늦었습니다.")
    with pytest.raises(Conflict):
        services.seal(lot.pk, run.requested_by)


def test_a_draw_happens_once_and_only_of_the_sealed_list(run: MatchRun) -> None:
    lot = make(run)
    with pytest.raises(Conflict):
        services.draw(lot.pk, run.requested_by, DICE)
    services.seal(lot.pk, run.requested_by)
    with pytest.raises(MissingFacts):
        services.draw(lot.pk, run.requested_by, "  ")
    services.draw(lot.pk, run.requested_by, DICE)
    with pytest.raises(Conflict):
        services.draw(lot.pk, run.requested_by, "다시")


def test_a_list_changed_behind_the_seal_is_not_drawn(run: MatchRun) -> None:
    lot = services.seal(make(run).pk, run.requested_by)
    entry = lot.entries.first()
    LotEntry.objects.filter(pk=entry.pk).update(reason="나중에 고친 사유")
    with pytest.raises(Conflict):
        services.draw(lot.pk, run.requested_by, DICE)
    assert Lot.objects.get(pk=lot.pk).state == "sealed"


def test_seats_quotas_and_those_who_wait(drawn: Lot) -> None:
    result = outcome(drawn)
    axis = dict(drawn.entries.values_list("number", "axis"))
    assert len(result.seated) == 3 and "tech" in [axis[n] for n in result.seated]
    assert sorted([*result.seated, *result.waiting]) == list(range(1, 13))
    event = Event.objects.get(type="match.lot_drawn")
    assert event.data["seed"] == DICE
    assert event.data["numbers"] == ", ".join(map(str, result.seated))


def test_the_next_one_takes_the_seat_of_who_declines(drawn: Lot, run: MatchRun) -> None:
    before = outcome(drawn).seated
    following = services.decline(drawn.pk, before[0], run.requested_by, "출장이 잡혔습니다.")
    after = outcome(drawn).seated
    assert set(before[1:]) < set(after) and following in after and before[0] not in after
    with pytest.raises(Conflict):
        services.decline(drawn.pk, before[0], run.requested_by, "다시")
    assert Event.objects.get(type="match.lot_declined").data["next"] == following


def test_the_result_goes_to_the_shortlist(drawn: Lot, run: MatchRun) -> None:
    services.adopt_lot(drawn.pk, run.requested_by)
    chosen = set(run.candidates.filter(mark="chosen").values_list("expert_id", flat=True))
    seats = drawn.entries.filter(number__in=outcome(drawn).seated)
    assert chosen == set(seats.values_list("expert_id", flat=True))
    assert run.candidates.filter(mark="alternate").count() == 3


@pytest.mark.parametrize("role", ["officer", "auditor", "administrator"])
def test_only_the_desk_draws(drawn: Lot, run: MatchRun, role: str) -> None:
    person = UserFactory(**{role: True})
    for call in (
        lambda: services.make_lot(run.request_id, person, Asked(3, 3, REASON, {})),
        lambda: services.decline(drawn.pk, outcome(drawn).seated[0], person, REASON),
        lambda: services.void_lot(drawn.pk, person, REASON),
        lambda: services.adopt_lot(drawn.pk, person),
    ):
        with pytest.raises(NotPermitted):
            call()


def test_the_printed_program_recomputes_the_downloaded_record(
    drawn: Lot, run: MatchRun, tmp_path: Path
) -> None:
    """Exactly what the page prints, on exactly what it offers for download."""
    services.decline(drawn.pk, outcome(drawn).seated[1], run.requested_by, "사정이 생겼습니다.")
    anybody = Client()
    page = anybody.get(reverse("matching:certificate", args=[drawn.code])).content.decode()
    program = html.unescape(re.search(r'id="snippet"[^>]*>(.*?)</pre>', page, re.S).group(1))
    (tmp_path / "check.py").write_text(program, encoding="utf-8")
    record = anybody.get(reverse("matching:certificate_file", args=[drawn.code])).content
    (tmp_path / "lot.json").write_bytes(record)

    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "check.py", "lot.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert check().stdout.strip() == f"{outcome(drawn).seated} True"
    for name, value in (("operator_seed", "다른 값"), ("seats", 2), ("declined", [])):
        changed = {**json.loads(record), name: value}
        (tmp_path / "lot.json").write_text(json.dumps(changed), encoding="utf-8")
        assert "True" not in check().stdout, name


def test_the_public_sees_numbers_and_no_person(drawn: Lot, run: MatchRun) -> None:
    services.decline(drawn.pk, outcome(drawn).seated[0], run.requested_by, "병원에 갑니다.")
    client = Client()
    shown = client.get(reverse("matching:certificate", args=[drawn.code])).content.decode()
    shown += client.get(reverse("matching:certificate_file", args=[drawn.code])).content.decode()
    for entry in drawn.entries.select_related("expert"):
        for secret in (
            entry.expert.name_ko,
            entry.expert.name_en,
            str(entry.expert.public_id),
            entry.salt,
            entry.reason,
        ):
            assert secret not in shown
        assert entry.seal == seal_of(entry) and entry.seal in shown
    assert "병원" not in shown and run.request.title not in shown


def test_the_code_is_found_however_it_is_typed(drawn: Lot) -> None:
    client = Client()
    typed = f" {drawn.code.lower()} "
    answer = client.get(reverse("matching:lot_check"), {"code": typed})
    assert answer.url == reverse("matching:certificate", args=[drawn.code])
    wrong = client.get(reverse("matching:lot_check"), {"code": "AAAA-BBBB-CCCC"})
    assert wrong.status_code == 404 and "다시 확인" in wrong.content.decode()
    assert client.get(reverse("matching:certificate", args=["XXXX"])).status_code == 404
