"""Pages of committees and draws without a browser: readers, refusals, wrong addresses, the log."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from matching import services
from matching.models import Lot, MatchRun, Panel
from matching.selectors.lots import outcome
from matching.services.panels import Asked
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.committees import LotFactory
from tests.factories.matching import shortlist_of
from tests.matching.committee import run, written_once

__all__ = ["run", "written_once"]
pytestmark = [pytest.mark.django_db, pytest.mark.encoder]


def client_of(person: Any) -> Client:
    client = Client()
    sign_in(client, person)
    return client


def test_an_auditor_reads_the_proposal_and_gets_no_form(run: MatchRun) -> None:
    services.propose_panel(run.request_id, run.requested_by, Asked(3, 1))
    address = reverse("matching:committee", args=[run.request.ref])
    page = client_of(UserFactory(auditor=True)).get(address).content.decode()
    assert "이 사람이 더하는 것" in page and "AI 추천" in page
    assert "구성안 만들기" not in page and "이 구성안 채택" not in page


@pytest.mark.parametrize("seats", [4, 5])
def test_a_matrix_of_many_keeps_reasons_below(run: MatchRun, seats: int) -> None:
    panel = services.propose_panel(run.request_id, run.requested_by, Asked(seats, 0))
    address = reverse("matching:committee", args=[run.request.ref])
    page = client_of(UserFactory(auditor=True)).get(address).content.decode()
    matrix = page.split('id="panel"')[1].split("</table>")[0]
    names = list(panel.members.values_list("expert__name_ko", flat=True))
    assert all(f"<span>{name}</span></th>" in matrix for name in names)
    below = page.split('id="panel"')[1].split("</table>")[1].split("</section>")[0]
    is_many = seats == 5
    assert ("b-matrix" in matrix) == ("b-upright" in matrix) == is_many
    assert ("근거" in matrix) != is_many and ("근거" in below) == is_many


def test_wrong_terms_come_back_with_what_was_typed(run: MatchRun) -> None:
    address = reverse("matching:committee", args=[run.request.ref])
    sent = {"seats": "7", "alternates": "0", "per_organisation": "1"}
    answer = client_of(UserFactory(manager=True)).post(address, sent)
    page = answer.content.decode()
    assert answer.status_code == 400 and 'value="7"' in page
    assert "6자리만 채울 수 있습니다" in page
    assert not Panel.objects.exists()


@pytest.mark.parametrize("value", ["", "0", "-1", "999999999999", "셋", "3.5", "\x00"])
def test_odd_numbers_get_a_sentence(run: MatchRun, value: str) -> None:
    client = client_of(UserFactory(manager=True))
    for name, sent in (
        ("committee", {"seats": value, "alternates": "0", "per_organisation": "1"}),
        ("lots", {"seats": value, "times": "3", "reason": "추첨합니다."}),
    ):
        answer = client.post(reverse(f"matching:{name}", args=[run.request.ref]), sent)
        assert answer.status_code == 400, name
    assert not Panel.objects.exists() and not Lot.objects.exists()


def test_addresses_of_other_requests_and_unknown_moves_are_not_found(run: MatchRun) -> None:
    lot, other = LotFactory(), shortlist_of(1).request
    client = client_of(UserFactory(manager=True))
    assert client.get(reverse("matching:lot", args=[other.ref, lot.pk])).status_code == 404
    for move in ("explode", "seal-now"):
        address = reverse("matching:lot_move", args=[lot.request.ref, lot.pk, move])
        assert client.get(address).status_code == 404


def test_two_clicks_draw_once() -> None:
    lot = LotFactory(sealed=True)
    client = client_of(UserFactory(manager=True))
    address = reverse("matching:lot_move", args=[lot.request.ref, lot.pk, "draw"])
    assert client.post(address, {"operator_seed": "3"}).status_code == 302
    second = client.post(address, {"operator_seed": "4"})
    assert second.status_code == 400 and "상태가 바뀌었습니다" in second.content.decode()
    lot.refresh_from_db()
    assert lot.operator_seed == "3"


def test_every_event_reads_as_a_sentence(run: MatchRun) -> None:
    by = run.requested_by
    services.decide_field(run.request_id, "T3-03", "accepted", by)
    panel = services.propose_panel(run.request_id, by, Asked(3, 1))
    services.adopt_panel(panel.pk, by, "고르게 갖추었습니다.")
    lot = LotFactory(drawn=True)
    services.decline(lot.pk, outcome(lot).seated[0], by, "출장")
    services.void_lot(lot.pk, by, "다시 합니다.")
    told = [e.sentence for e in Event.objects.filter(type__startswith="match.")]
    assert len(told) >= 8
    assert not [sentence for sentence in told if "%(" in sentence or "None" in sentence]
    assert any("위원 구성안" in s and "채택함" in s for s in told)


def test_the_form_keeps_what_was_asked_for_last(run: MatchRun) -> None:
    asked = Asked(3, 1, wishes=(("origin", "overseas", 1),))
    services.propose_panel(run.request_id, run.requested_by, asked)
    address = reverse("matching:committee", args=[run.request.ref])
    form = client_of(UserFactory(manager=True)).get(address).context["form"]
    assert (form.initial["seats"], form.initial["origin_overseas"]) == (3, 1)


def test_a_wish_is_no_larger_than_the_committee(run: MatchRun) -> None:
    sent = {"seats": "3", "alternates": "0", "per_organisation": "1", "sector_public": "4"}
    address = reverse("matching:committee", args=[run.request.ref])
    answer = client_of(UserFactory(manager=True)).post(address, sent)
    assert answer.context["form"].errors == {"sector_public": ["위원 수보다 많을 수 없습니다."]}
    assert not Panel.objects.exists()
