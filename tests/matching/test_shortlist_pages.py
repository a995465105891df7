"""Pages of the matching desk: they answer, in both languages, to the right people."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audit.models import AccessLog
from consulting.models import Request, Selection
from experts.models import Expert
from matching import services
from matching.models import Conflict, MatchRun, Waiver
from matching.results import RankedResult, ScoredExpert
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory
from tests.factories.matching import (
    CandidateFactory,
    ConflictFactory,
    RunFactory,
    WaiverFactory,
    shortlist_of,
)

pytestmark = pytest.mark.django_db
REASON = "비슷한 문제를 풀어 보았습니다."


@pytest.fixture(autouse=True)
def scoring(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person's score without the encoder."""

    def rank(query: Any, filters: Any, limit: int, must: Any) -> RankedResult:
        parts = {"base": 0.1, "dense": 0.2, "lexical": 0.0, "tags": 0.0}
        return RankedResult([ScoredExpert(pk, 1, 0.3, 1, parts, {}) for pk in must], {}, {})

    monkeypatch.setattr("matching.pipeline.rank", rank)


@pytest.fixture
def run() -> MatchRun:
    return shortlist_of(3)


@pytest.fixture
def desk(client: Client, run: MatchRun) -> Client:
    sign_in(client, run.request.manager)
    return client


def url(name: str, run: MatchRun, *more: Any) -> str:
    return reverse(f"matching:{name}", args=[run.request.ref, *more])


def person(run: MatchRun, place: int = 1) -> Expert:
    expert: Expert = run.candidates.get(rank=place).expert
    return expert


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    "name", ["shortlist", "compare", "add", "why_not", "decide", "conflicts", "runs"]
)
def test_pages_answer(desk: Client, run: MatchRun, name: str, language: str) -> None:
    services.mark(
        run.request_id, run.candidates.get(rank=2).pk, "chosen", REASON, run.request.manager
    )
    ConflictFactory(expert=person(run, 3), request=run.request)
    WaiverFactory(request=run.request, expert=person(run, 3), rule="conflict")
    with translation.override(language):
        answer = desk.get(url(name, run))
    assert answer.status_code == 200, name
    assert run.request.ref in answer.content.decode()


def test_the_list_shows_evidence_verbatim_and_counts(desk: Client, run: MatchRun) -> None:
    text = desk.get(url("shortlist", run)).content.decode()
    assert "소방차 진입 곤란 구간을 격자 단위로 산정했습니다." in text
    assert "10명 중 8명 적격" in text and "기준 v1" in text and "0.1초" in text
    assert "AI 추천" in text
    for card in run.candidates.all():
        assert card.expert.name_ko in text


def test_looking_is_logged(desk: Client, run: MatchRun) -> None:
    desk.get(url("shortlist", run))
    assert AccessLog.objects.get().rows == 3
    desk.get(url("why", run, person(run).public_id))
    assert AccessLog.objects.filter(subject_id=str(person(run).pk)).exists()


def test_an_export_is_logged_and_defused(desk: Client, run: MatchRun) -> None:
    Expert.objects.filter(pk=person(run).pk).update(name_ko="=HYPERLINK(1)")
    answer = desk.get(url("export", run))
    text = answer.content.decode("utf-8-sig")
    assert "'=HYPERLINK" in text and len(text.splitlines()) == 4
    assert AccessLog.objects.get().action == "download"


def test_choosing_and_deciding(desk: Client, run: MatchRun) -> None:
    page = url("mark", run, person(run).public_id, "chosen")
    assert desk.get(page).status_code == 200
    assert desk.post(page, {"text": "  "}).status_code == 400
    answer = desk.post(page, {"usual": ["0", "2"], "text": "현장을 압니다."}, follow=True)
    assert answer.status_code == 200
    candidate = run.candidates.get(rank=1)
    assert candidate.mark == "chosen" and candidate.mark_reason.endswith("현장을 압니다.")
    assert desk.get(url("decide", run)).status_code == 200
    answer = desk.post(url("decide", run), {"note": "곧 연락드립니다."})
    assert answer.status_code == 302
    assert Selection.objects.get().expert_id == candidate.expert_id
    # the back button and a second click
    assert desk.post(url("decide", run), {"note": ""}).status_code == 409
    assert desk.get(url("decide", run)).status_code == 409


def test_a_decision_is_about_the_people_who_were_seen(desk: Client, run: MatchRun) -> None:
    boss = run.request.manager
    services.mark(run.request_id, run.candidates.get(rank=1).pk, "chosen", REASON, boss)
    shown = desk.get(url("decide", run)).context["seen"]
    services.mark(run.request_id, run.candidates.get(rank=2).pk, "chosen", REASON, boss)
    answer = desk.post(url("decide", run), {"note": "쓴 글", "seen": shown})
    assert answer.status_code == 400 and not Selection.objects.exists()
    text = answer.content.decode()
    assert "쓴 글" in text and person(run, 2).name_ko in text and answer.context["seen"] != shown
    assert desk.post(url("decide", run), {"seen": answer.context["seen"]}).status_code == 302
    assert Selection.objects.count() == 2


def test_an_old_list_must_be_confirmed(desk: Client, run: MatchRun) -> None:
    CandidateFactory(run=run, rank=4, chosen=True)
    Request.objects.filter(pk=run.request_id).update(version=2)
    assert "바뀐 내용" in desk.get(url("shortlist", run)).content.decode()
    assert desk.post(url("decide", run), {"note": ""}).status_code == 400
    assert desk.post(url("decide", run), {"note": "", "confirmed": "on"}).status_code == 302


def test_unmark_and_order(desk: Client, run: MatchRun) -> None:
    for place in (1, 2):
        candidate = run.candidates.get(rank=place)
        services.mark(run.request_id, candidate.pk, "chosen", REASON, run.request.manager)
    desk.post(url("shift", run, person(run, 2).public_id), {"to": "up"})
    assert list(run.candidates.named().values_list("rank", flat=True)) == [2, 1]
    desk.post(url("unmark", run, person(run, 2).public_id))
    assert list(run.candidates.named().values_list("rank", flat=True)) == [1]


def test_adding_shows_why_not_first(desk: Client, run: MatchRun) -> None:
    fine, barred = ExpertFactory(name_ko="민하늘"), ExpertFactory(name_ko="민바다", monthly_cap=0)
    text = desk.get(url("add", run), {"name": "민"}).content.decode()
    assert "민하늘" in text and "0건으로" in text
    page = desk.get(url("add", run), {"expert": str(barred.public_id)}).content.decode()
    assert "예외 신청" in page
    answer = desk.post(url("add", run), {"expert": str(barred.public_id), "reason": REASON})
    assert answer.status_code == 400 and REASON in answer.content.decode()
    answer = desk.post(url("add", run), {"expert": str(fine.public_id), "reason": REASON})
    assert answer.status_code == 302 and run.candidates.filter(expert=fine).exists()


def test_why_not(desk: Client, run: MatchRun) -> None:
    ExpertFactory(name_ko="도하나", paused=True)
    assert "쉬고 있습니다" in desk.get(url("why_not", run), {"name": "도하나"}).content.decode()
    ExpertFactory(name_ko="도하나둘")
    many = desk.get(url("why_not", run), {"name": "도하나"}).content.decode()
    assert "도하나둘" in many
    assert "없습니다" in desk.get(url("why_not", run), {"name": "\U0001f680"}).content.decode()


def test_compare_marks_differences(desk: Client, run: MatchRun) -> None:
    ids = [str(person(run, n).public_id) for n in (1, 2)]
    text = desk.get(url("compare", run), {"c": ids}).content.decode()
    assert "다름" in text and text.count("data-wide-open") >= 2
    first = text.split('class="b-side-by-side"')[1].split("</ol>")[0]
    for n in (1, 2):
        assert person(run, n).name_ko in first
    assert "적합도" in first and "<table" not in first
    assert "두 명 이상" in desk.get(url("compare", run), {"c": ids[:1]}).content.decode()


def test_conflicts_and_waivers(desk: Client, run: MatchRun) -> None:
    key = str(person(run).public_id)
    form = {"expert": key, "scope": "institution", "evidence": "협약서", "reason": "공동 연구"}
    assert desk.post(url("conflicts", run), form).status_code == 302
    row = Conflict.objects.get()
    assert row.organisation == run.request.department.root
    ask = url("ask_waiver", run, key, "conflict")
    assert desk.get(ask).status_code == 200
    assert desk.post(ask, {"reason": REASON}).status_code == 302
    waiver = Waiver.objects.get()
    answer = reverse("matching:answer_waiver", args=[waiver.pk])
    assert desk.post(answer, {"decision": "approve"}).status_code == 403
    second = Client()
    sign_in(second, UserFactory(administrator=True))
    assert REASON in second.get(reverse("matching:waivers")).content.decode()
    assert second.post(answer, {"decision": "approve"}).status_code == 302
    waiver.refresh_from_db()
    assert waiver.approved_at
    end = url("end_conflict", run, row.pk)
    assert desk.post(end, {"reason": ""}).status_code == 400
    assert desk.post(end, {"reason": "끝남"}).status_code == 302


def test_starting_and_following_without_javascript(client: Client) -> None:
    request = RequestFactory(accepted=True)
    sign_in(client, request.manager)
    page = client.get(request.get_absolute_url()).content.decode()
    assert "전문가 찾기" in page and reverse("matching:start", args=[request.ref]) in page
    start = reverse("matching:start", args=[request.ref])
    assert client.post(start).status_code == 302
    assert client.post(start).status_code == 302
    assert MatchRun.objects.count() == 1
    progress = reverse("matching:progress", args=[request.ref])
    assert "새로 고침" in client.get(progress).content.decode()
    fragment = client.get(progress, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode() and "hx-get" in fragment.content.decode()
    cancel = reverse("matching:cancel", args=[request.ref])
    assert client.get(cancel).status_code == 200
    assert client.post(cancel).status_code == 302
    assert client.post(cancel).status_code == 302
    request.refresh_from_db()
    assert request.state == "accepted"
    assert client.get(progress).status_code == 302


def test_progress_leads_to_the_list_when_done(desk: Client, run: MatchRun) -> None:
    answer = desk.get(url("progress", run), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == url("shortlist", run)


def test_an_older_list_can_be_read_but_not_worked_on(desk: Client, run: MatchRun) -> None:
    RunFactory(request=run.request)
    text = desk.get(f"{url('shortlist', run)}?run={run.pk}").content.decode()
    assert "지난 추천 결과" in text and "/mark/" not in text
    assert desk.get(f"{url('shortlist', run)}?run=x").status_code == 404
    assert desk.get(f"{url('shortlist', run)}?run=999999").status_code == 404


def test_officers_see_the_decision_on_their_request(run: MatchRun, client: Client) -> None:
    services.mark(
        run.request_id, run.candidates.get(rank=1).pk, "chosen", REASON, run.request.manager
    )
    services.decide(run.request_id, run.request.manager, "화요일에 뵙겠습니다.")
    sign_in(client, run.request.requester)
    text = client.get(run.request.get_absolute_url()).content.decode()
    assert person(run).name_ko in text and "화요일에 뵙겠습니다." in text
    assert REASON not in text and person(run, 2).name_ko not in text
    assert client.get(url("shortlist", run)).status_code == 403


@pytest.mark.parametrize("reader", ["requester", "manager", "colleague", "nobody"])
def test_a_decided_request_says_who_gets_in_touch(run: MatchRun, reader: str) -> None:
    request = run.request
    manager = request.manager
    services.mark(run.request_id, run.candidates.get(rank=1).pk, "chosen", REASON, manager)
    services.decide(run.request_id, manager, "")
    if reader == "nobody":
        Request.objects.filter(pk=request.pk).update(manager=None)
    people = {"requester": request.requester, "manager": manager}
    client = Client()
    sign_in(client, people.get(reader) or UserFactory(manager=True))
    text = client.get(request.get_absolute_url()).content.decode().split("b-next-note")[1]
    note = text.split("</p>")[0]
    assert "연락하여 참여 여부와 첫 만남의 날짜를 확인하고" in note
    assert (str(manager) in note) == (reader in ("requester", "colleague"))
    assert ("부서에 알려 주십시오." in note) == (reader == "manager")
    assert ("재단 담당자가" in note) == (reader == "nobody")


def test_unknown_and_foreign_ids_are_404(desk: Client, run: MatchRun) -> None:
    stranger = ExpertFactory()
    other = shortlist_of(1)
    for address in (
        reverse("matching:shortlist", args=["99-9999"]),
        reverse("matching:shortlist", args=["\x00"]),
        url("why", run, uuid.uuid4()),
        url("why", run, stranger.public_id),
        url("mark", run, person(other).public_id, "chosen"),
        url("mark", run, person(run).public_id, "winner"),
        url("end_conflict", run, 10**9),
        url("ask_waiver", run, person(run).public_id, "cap"),
        f"{url('add', run)}?expert=nonsense",
    ):
        assert desk.get(address).status_code == 404, address


def test_an_auditor_reads_and_has_no_buttons(run: MatchRun, client: Client) -> None:
    sign_in(client, UserFactory(auditor=True))
    text = client.get(url("shortlist", run)).content.decode()
    assert person(run).name_ko in text and "/mark/" not in text and "다시 찾기" not in text
    assert client.get(url("decide", run)).status_code == 403
    assert client.post(url("start", run)).status_code == 403


@pytest.mark.parametrize("role", ["officer", "expert", "reviewer", "editor"])
def test_others_have_no_way_in(run: MatchRun, client: Client, role: str) -> None:
    sign_in(client, UserFactory(**{role: True}))
    assert client.get(url("shortlist", run)).status_code == 403
    assert client.get(reverse("matching:waivers")).status_code == 403


def test_strangers_sign_in_first(run: MatchRun, client: Client) -> None:
    answer = client.get(url("shortlist", run))
    assert answer.status_code == 302 and "next=" in answer["Location"]


def test_a_tag_stands_once_with_its_closest_relation(desk: Client, run: MatchRun) -> None:
    row = run.candidates.get(rank=1)
    tag = {"code": "D3-05", "label_ko": "실험", "label_en": "Experimental data"}
    exact = {"relation": "exact", "wanted_ko": "실험", "wanted_en": "Experimental data"}
    sibling = {"relation": "sibling", "wanted_ko": "센서", "wanted_en": "Sensor data"}
    row.explanation = {**row.explanation, "tags": [tag | exact, tag | sibling]}
    row.save()
    html = desk.get(url("shortlist", run)).content.decode()
    card = html.split(f'id="c-{row.pk}"')[1].split("b-candidate-do")[0]
    assert card.count("실험") == 1 and "정확" in card and "형제" not in card
    why = desk.get(url("why", run, row.expert.public_id)).content.decode()
    assert "요청한 분야: 센서" in why


def test_the_list_says_what_to_do_next(desk: Client, run: MatchRun) -> None:
    assert "다음 할 일" in desk.get(url("shortlist", run)).content.decode()
    services.mark(
        run.request_id, run.candidates.get(rank=2).pk, "chosen", REASON, run.request.manager
    )
    assert "표시한 1명을 확인하고 결정" in desk.get(url("shortlist", run)).content.decode()


def test_people_are_chosen_from_the_comparison(desk: Client, run: MatchRun) -> None:
    ids = [str(person(run, n).public_id) for n in (1, 2)]
    text = desk.get(url("compare", run), {"c": ids}).content.decode()
    assert url("mark", run, person(run, 2).public_id, "chosen") in text
    sign_in(desk, UserFactory(auditor=True))
    read = desk.get(url("compare", run), {"c": ids}).content.decode()
    assert url("mark", run, person(run, 2).public_id, "chosen") not in read
