"""Pages of requests: what each role meets, and that nothing typed is ever lost."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from consulting import extension
from consulting.models import Message, Request, RequestKind
from experts.models import TaxonomyNode
from tests.factories.consulting import MessageFactory, RequestFactory, kind, scene

pytestmark = pytest.mark.django_db
GOOD = {
    "title": "포트홀 자동탐지",
    "situation": "순찰차 두 대가 도로를 돌며 눈으로 찾습니다.",
    "problem": "비가 온 뒤 신고가 몰리면 순찰이 늦습니다.",
    "ask": "영상으로 찾는 방법을 검토받고 싶습니다.",
}


def url(name: str, *args: object) -> str:
    return reverse(f"consulting:{name}", args=args)


def hidden(html: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def open_step(client: Client, ref: str, step: str = "text") -> dict[str, str]:
    html = client.get(url("edit", ref, step)).content.decode()
    return {name: hidden(html, name) for name in ("page", "base", "step")}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("state", [str(state) for state in Request.State])
def test_every_page_in_every_state_and_language(state: str, language: str, as_) -> None:
    people = scene(**({} if state == "draft" else {state: True}))
    MessageFactory(request=people.request)
    ref = people.request.ref
    with translation.override(language):
        addresses = [
            url("request", ref), url("edit", ref, "text"), url("edit", ref, "terms"),
            url("edit", ref, "files"), url("check", ref), url("receipt", ref), url("discard", ref),
            url("my_requests"), url("start"), url("export"), url("answered"), url("desk"),
            url("move", ref, "withdraw"), url("move", ref, "accept"), url("revise", ref),
        ]  # fmt: skip
    for person in (people.officer, people.manager, people.auditor, people.administrator):
        client = as_(person)
        for address in addresses:
            hidden = state == "draft" and person in (people.manager, people.administrator)
            expected = (200, 302, 403, 404) if hidden else (200, 302, 403, 409)
            assert client.get(address).status_code in expected, address


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_way_from_card_to_receipt(language: str, as_) -> None:
    people = scene()
    client = as_(people.officer)
    with translation.override(language):
        first = client.post(url("start"), {"kind": "poc", "key": "one"}, follow=True)
        draft = Request.objects.get(creation_key="one")
        assert first.redirect_chain[-1][0] == url("edit", draft.ref, "text")
        text = open_step(client, draft.ref) | GOOD
        assert (
            client.post(url("edit", draft.ref, "text"), text)
            .headers["Location"]
            .endswith("/terms/")
        )
        terms = open_step(client, draft.ref, "terms")
        terms |= {
            "tech_1": "T2-01",
            "keywords": "포트홀, 순찰",
            "budget": "1,500만",
            "stage": "build",
        }
        answer = client.post(url("edit", draft.ref, "terms"), terms)
        assert answer.status_code == 400 and "1,500만" in answer.content.decode()
        terms = open_step(client, draft.ref, "terms") | terms | {"budget": "15,000,000원"}
        terms |= {"base": open_step(client, draft.ref, "terms")["base"]}
        assert client.post(url("edit", draft.ref, "terms"), terms).status_code == 302
        assert client.get(url("check", draft.ref)).status_code == 200
        end = client.post(url("submit", draft.ref), follow=True)
    draft.refresh_from_db()
    assert draft.state == "submitted" and draft.number in end.content.decode()
    assert draft.budget == 15_000_000 and draft.unfinished == {}
    assert [row.node.code for row in draft.fields.all()] == ["T2-01"]


def test_two_clicks_on_a_card_make_one_draft(as_) -> None:
    client = as_(scene().officer)
    for _ in range(2):
        client.post(url("start"), {"kind": "poc", "key": "same"})
    assert Request.objects.filter(creation_key="same").count() == 1


def test_two_clicks_on_submit_keep_one_number(as_) -> None:
    people = scene()
    client = as_(people.officer)
    client.post(url("submit", people.request.ref))
    again = client.post(url("submit", people.request.ref))
    people.request.refresh_from_db()
    assert again.status_code == 409 and people.request.number.endswith("-0001")


def test_back_button_after_submission_leads_to_the_request(as_) -> None:
    people = scene()
    client = as_(people.officer)
    old = open_step(client, people.request.ref)
    client.post(url("submit", people.request.ref))
    answer = client.get(url("edit", f"D{people.request.pk}", "text"), follow=True)
    assert "이미 제출된" in answer.content.decode()
    late = client.post(url("edit", f"D{people.request.pk}", "text"), old | GOOD)
    assert late.status_code == 409
    people.request.refresh_from_db()
    assert people.request.title != GOOD["title"]


TEXTS = {
    "empty": "",
    "one": "가",
    "emoji": "🚒 소방 👩‍🚒",
    "mixed": "AI 기반 データ 分析 для города",
    "hwp": "\uf0a1 첫째\u3000항목\r\n\u0000\ufeff둘째\x0b항목",
    "markup": "<script>alert(1)</script> & “인용”",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_can_be_stored_and_shown(text: str, as_) -> None:
    people = scene(blank=True)
    client = as_(people.officer)
    data = open_step(client, people.request.ref) | {"title": text, "situation": text}
    assert client.post(url("edit", people.request.ref, "text"), data).status_code == 302
    people.request.refresh_from_db()
    assert "\x00" not in people.request.situation and "\uf0a1" not in people.request.situation
    page = client.get(url("check", people.request.ref))
    assert page.status_code == 200 and "<script>alert(1)" not in page.content.decode()


def test_too_long_a_text_is_named_and_kept(as_) -> None:
    people = scene(blank=True)
    client = as_(people.officer)
    long = "가" * 100_000
    data = open_step(client, people.request.ref) | {"title": "제목", "situation": long}
    answer = client.post(url("edit", people.request.ref, "text"), data)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "10,000자까지" in html and "100,000자입니다" in html and long in html
    people.request.refresh_from_db()
    assert people.request.title == "제목" and people.request.situation == ""
    assert long in client.get(url("edit", people.request.ref, "text")).content.decode()
    assert "현황" in client.post(url("submit", people.request.ref)).content.decode()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("deadline", "2020-01-01", "지난 날짜"),
        ("deadline", "내년 봄", "날짜로 읽을 수 없습니다"),
        ("deadline", "2026-02-31", "날짜로 읽을 수 없습니다"),
        ("budget", "-5", "0원 이상"),
        ("budget", "많이", "숫자로"),
        ("budget", "9" * 15, "너무 큽니다"),
        ("experts_wanted", "0", "1"),
        ("tech_1", "X9-99", "고를 수 없는 분야"),
        ("title", "가" * 201, ""),
    ],
)
def test_wrong_values_get_a_sentence_and_stay_in_the_draft(
    name: str, value: str, sentence: str, as_
) -> None:
    people = scene(kind=kind("poc"))
    client = as_(people.officer)
    step = "text" if name == "title" else "terms"
    data = open_step(client, people.request.ref, step) | {name: value}
    answer = client.post(url("edit", people.request.ref, step), data)
    assert answer.status_code == 400 and sentence in answer.content.decode()
    again = client.get(url("edit", people.request.ref, step)).content.decode()
    assert name == "tech_1" or value in again
    assert client.post(url("submit", people.request.ref)).status_code == 400


def test_a_hand_written_korean_date_is_read(as_) -> None:
    people = scene()
    day = timezone.localdate() + timedelta(days=30)
    client = as_(people.officer)
    data = open_step(client, people.request.ref, "terms")
    data["deadline"] = f"{day.year}. {day.month}. {day.day}.(월)"
    assert client.post(url("edit", people.request.ref, "terms"), data).status_code == 302
    people.request.refresh_from_db()
    assert people.request.deadline == day


def test_a_closed_field_is_refused_with_its_name(as_) -> None:
    node = TaxonomyNode.objects.get(code="T2-01")
    people = scene(nodes=[node])
    TaxonomyNode.objects.filter(pk=node.pk).update(
        valid_to=timezone.localdate() - timedelta(days=1)
    )
    client = as_(people.officer)
    data = open_step(client, people.request.ref, "terms") | {"tech_1": "T2-01"}
    answer = client.post(url("edit", people.request.ref, "terms"), data)
    assert answer.status_code == 400 and "더는 쓰지 않는 분야입니다" in answer.content.decode()


def test_two_tabs_conflict_and_both_texts_stand_on_the_page(as_) -> None:
    people = scene(blank=True)
    client = as_(people.officer)
    one, two = open_step(client, people.request.ref), open_step(client, people.request.ref)
    client.post(url("edit", people.request.ref, "text"), one | {"title": "첫 화면의 글"})
    answer = client.post(url("edit", people.request.ref, "text"), two | {"title": "둘째 화면의 글"})
    html = answer.content.decode()
    assert answer.status_code == 409 and "첫 화면의 글" in html and "둘째 화면의 글" in html
    people.request.refresh_from_db()
    assert people.request.title == "첫 화면의 글"
    fresh = {name: hidden(html, name) for name in ("page", "base", "step")}
    merged = client.post(url("edit", people.request.ref, "text"), fresh | {"title": "합친 글"})
    assert merged.status_code == 302


def test_autosave_keeps_good_and_bad_values_and_never_meets_itself(as_) -> None:
    people = scene(blank=True, kind=kind("poc"))
    client = as_(people.officer)
    page = open_step(client, people.request.ref, "terms")
    for budget in ("1", "12", "12만"):
        answer = client.post(url("autosave", people.request.ref), page | {"budget": budget})
        assert answer.status_code == 204
    people.request.refresh_from_db()
    assert people.request.budget == 12 and people.request.unfinished == {"budget": "12만"}
    other = open_step(client, people.request.ref, "terms")
    client.post(url("autosave", people.request.ref), other | {"budget": "100"})
    answer = client.post(url("autosave", people.request.ref), page | {"budget": "7"})
    assert answer.status_code == 409


def test_autosave_after_submission_says_conflict(as_) -> None:
    people = scene(submitted=True)
    answer = as_(people.officer).post(url("autosave", people.request.ref), {"step": "text"})
    assert answer.status_code == 409


def test_an_expired_session_leads_to_sign_in_and_back(as_) -> None:
    people = scene()
    answer = Client().post(
        url("edit", people.request.ref, "text"), GOOD, headers={"referer": "http://testserver/x"}
    )
    assert answer.status_code == 302 and "next=" in answer.headers["Location"]


def test_suggested_fields_can_be_accepted(as_) -> None:
    people = scene(problem="민원 상담 챗봇과 LLM으로 답변 초안을 만들려고 합니다.")
    client = as_(people.officer)
    page = open_step(client, people.request.ref)
    html = client.get(url("edit", people.request.ref, "text")).content.decode()
    assert 'name="add" value="T1-02"' in html
    data = page | GOOD | {"add": "T1-02"}
    client.post(url("edit", people.request.ref, "text"), data)
    assert [row.node.code for row in people.request.fields.all()] == ["T1-02"]
    fragment = client.post(
        url("suggestions", people.request.ref), {"step": "text", "problem": "드론 영상 판독"}
    )
    assert "T4-03" in fragment.content.decode() and "<html" not in fragment.content.decode()


def test_fields_are_suggested_from_the_stored_text_on_the_step_where_they_are_chosen(as_) -> None:
    people = scene(problem="드론 영상 판독")
    fragment = as_(people.officer).post(url("suggestions", people.request.ref), {"step": "terms"})
    assert "T4-03" in fragment.content.decode()


def test_a_chosen_file_is_attached_when_going_on(as_) -> None:
    people = scene()
    client, here = as_(people.officer), url("edit", people.request.ref, "files")
    assert "붙일 파일을 고르십시오." in client.post(here, {}).content.decode()
    assert client.post(here, {"next": "1"}).url == url("check", people.request.ref)
    chosen = SimpleUploadedFile("현황.txt", "상담 기록".encode())
    assert client.post(here, {"next": "1", "file": chosen}).url == url("check", people.request.ref)
    assert "현황.txt" in client.get(url("check", people.request.ref)).content.decode()


def test_returned_request_is_answered_and_submitted_again(as_) -> None:
    people = scene(returned=True)
    client = as_(people.officer)
    page = client.get(url("request", people.request.ref)).content.decode()
    assert people.request.messages.get().body in page
    answer = client.post(url("move", people.request.ref, "resubmit"), {"answer": ""})
    assert answer.status_code == 400
    client.post(url("move", people.request.ref, "resubmit"), {"answer": "3년치입니다."})
    people.request.refresh_from_db()
    assert people.request.state == "submitted"


def test_staff_accept_once(as_) -> None:
    people = scene(submitted=True)
    client = as_(people.manager)
    assert client.post(url("move", people.request.ref, "accept")).status_code == 302
    assert client.post(url("move", people.request.ref, "accept")).status_code == 409
    people.request.refresh_from_db()
    assert people.request.manager == people.manager


@pytest.mark.parametrize("name", ["reject", "return_with_question", "withdraw"])
def test_moves_with_a_reason_ask_for_it_and_keep_a_long_one(name: str, as_) -> None:
    people = scene(submitted=True)
    client = as_(people.officer if name == "withdraw" else people.manager)
    field = "question" if name == "return_with_question" else "reason"
    assert client.get(url("move", people.request.ref, name)).status_code == 200
    long = "나" * 100_000
    answer = client.post(url("move", people.request.ref, name), {field: long})
    assert answer.status_code == 400 and long in answer.content.decode()
    assert client.post(url("move", people.request.ref, name), {field: "사유"}).status_code == 302
    assert client.post(url("move", people.request.ref, name), {field: "사유"}).status_code == 409


def test_the_same_message_twice_is_refused(as_) -> None:
    people = scene(submitted=True)
    client = as_(people.officer)
    for status in (302, 409):
        answer = client.post(url("message", people.request.ref), {"body": "자료를 더 찾았습니다."})
        assert answer.status_code == status
    assert Message.objects.count() == 1


def test_correction_by_staff_raises_the_version_and_meets_other_versions(as_) -> None:
    people = scene(accepted=True)
    client = as_(people.manager)
    address = url("revise", people.request.ref)
    data = GOOD | {"version": hidden(client.get(address).content.decode(), "version")}
    assert client.post(address, data).status_code == 400  # no reason
    assert client.post(address, data | {"reason": "제목을 다듬음"}).status_code == 302
    people.request.refresh_from_db()
    assert people.request.version == 2 and people.request.title == GOOD["title"]
    old = client.post(address, data | {"title": "다른 제목", "reason": "다시"})
    assert old.status_code == 409
    assert "다른 제목" in old.content.decode() and GOOD["title"] in old.content.decode()


def test_someone_elses_and_unknown_requests_are_not_there(as_) -> None:
    people = scene(submitted=True)
    draft = RequestFactory()
    strangers = as_(people.stranger)
    for ref in (
        people.request.ref,
        f"D{people.request.pk}",
        draft.ref,
        "26-9999",
        "D999999999999999999",
    ):
        for address in (
            url("request", ref), url("edit", ref, "text"), url("check", ref), url("receipt", ref),
            url("move", ref, "withdraw"), url("discard", ref),
        ):  # fmt: skip
            assert strangers.get(address).status_code == 404, address
        for address in (url("submit", ref), url("autosave", ref), url("message", ref)):
            assert strangers.post(address).status_code == 404, address
    assert strangers.get("/requests/no-such/").status_code == 404


def test_the_list_filters_sorts_and_counts_what_one_sees(as_) -> None:
    people = scene(submitted=True, title="소화기 배치")
    RequestFactory(accepted=True, title="남의 요청")
    client = as_(people.officer)
    html = client.get(url("my_requests"), {"q": "소화기", "state": "submitted"}).content.decode()
    assert "소화기 배치" in html and "남의 요청" not in html
    assert "조건에 맞는" in client.get(url("my_requests"), {"state": "accepted"}).content.decode()
    assert client.get(url("my_requests"), {"state": "nonsense", "sort": "x"}).status_code == 200
    staff = as_(people.manager).get(url("my_requests"), {"sort": "due"}).content.decode()
    assert "소화기 배치" in staff and "남의 요청" in staff


def test_export_holds_the_same_rows_and_no_formulas(as_) -> None:
    people = scene(submitted=True, title="=HYPERLINK(1)")
    RequestFactory(accepted=True, title="남의 요청")
    answer = as_(people.officer).get(url("export"))
    text = b"".join(answer.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff") and "'=HYPERLINK(1)" in text and "남의 요청" not in text


def test_the_desk_puts_late_and_own_requests_first(as_) -> None:
    people = scene(accepted=True, title="보통 요청")
    yesterday = timezone.localdate() - timedelta(days=1)
    RequestFactory(accepted=True, title="내 요청", manager=people.manager)
    RequestFactory(accepted=True, title="늦은 요청", next_due=yesterday)
    html = as_(people.manager).get(url("desk")).content.decode()
    assert html.index("늦은 요청") < html.index("내 요청") < html.index("보통 요청")
    only = as_(people.manager).get(url("desk"), {"mine": "true"}).content.decode()
    assert "내 요청" in only and "보통 요청" not in only


def test_take_and_hand_over(as_) -> None:
    people = scene(submitted=True)
    client = as_(people.manager)
    address = url("assign", people.request.ref)
    assert client.post(address, {"manager": "me"}).status_code == 302
    assert client.post(address, {"manager": "me"}).status_code == 409
    assert client.post(address, {"manager": str(people.officer.pk)}).status_code == 404
    assert client.post(address, {"manager": "x"}).status_code == 404
    people.request.refresh_from_db()
    assert people.request.manager == people.manager


def test_panels_of_other_apps_stand_on_the_page(as_) -> None:
    people = scene(accepted=True)

    def panel(record, user, request):
        if user != people.manager:
            return None
        return "fragments/alert.html", {"tone": "info", "text": f"panel of {record.number}"}

    extension.register_panel("test", panel, order=1)
    try:
        html = as_(people.manager).get(url("request", people.request.ref)).content.decode()
        assert f"panel of {people.request.number}" in html
        html = as_(people.officer).get(url("request", people.request.ref)).content.decode()
        assert "panel of" not in html
    finally:
        extension.unregister_panel("test")


@pytest.mark.parametrize("name", ["my_requests", "desk", "export", "answered"])
def test_number_of_queries_does_not_grow_with_rows(
    name: str, as_, django_assert_max_num_queries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    people = scene(submitted=True)
    client = as_(people.manager)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.get(url(name))
            if answer.streaming:
                list(answer.streaming_content)
        return len(queries)

    count()
    for state in ("submitted", "accepted", "decided"):
        RequestFactory(disclosure="open", **{state: True})
    few = count()
    for state in ("submitted", "accepted", "decided") * 3:
        RequestFactory(disclosure="open", **{state: True})
    assert count() <= few


def test_a_draft_can_be_thrown_away_but_not_a_submitted_request(as_) -> None:
    people = scene()
    client = as_(people.officer)
    assert client.post(url("discard", people.request.ref)).status_code == 302
    assert not Request.objects.filter(pk=people.request.pk).exists()
    other = RequestFactory(submitted=True, requester=people.officer)
    assert client.post(url("discard", other.ref)).status_code == 409


def test_front_page_figure_opens_the_list_behind_it(client) -> None:
    RequestFactory(decided=True, title="공개한 요청", disclosure="open")
    RequestFactory(decided=True, title="비공개 요청", disclosure="closed")
    html = client.get(url("answered")).content.decode()
    assert "공개한 요청" in html and "비공개 요청" not in html and "2건" in html


def test_all_kinds_are_there_after_migrate() -> None:
    assert set(RequestKind.objects.values_list("code", flat=True)) == {
        "consulting-quick", "consulting-deep", "poc", "data-analysis", "service-development",
        "technical-review", "training", "mentoring", "judging",
    }  # fmt: skip


def test_nul_characters_are_refused_nowhere_with_an_error(as_) -> None:
    people = scene(kind=kind("poc"))
    client = as_(people.officer)
    nul = "\x00"
    assert client.post(url("start"), {"kind": nul, "key": nul}).status_code == 404
    assert client.post(url("start"), {"kind": f"poc{nul}", "key": f"k{nul}"}).status_code == 302
    ref = people.request.ref
    for step, name in (("terms", "budget"), ("terms", "tech_1"), ("text", "title")):
        data = open_step(client, ref, step) | {name: f"많이{nul}" * 101, "page": nul}
        assert client.post(url("edit", ref, step), data).status_code == 400
    data = open_step(client, ref) | GOOD | {"add": nul}
    assert client.post(url("edit", ref, "text"), data).status_code == 302
    for query in ({"q": nul}, {"kind": nul}, {"state": nul}, {"sort": nul}, {"page": nul}):
        assert client.get(url("my_requests"), query).status_code == 200
        assert client.get("/api/v1/requests/", query).status_code in (200, 400, 404)
    answer = client.post("/api/v1/requests/", {"kind": nul}, content_type="application/json")
    assert answer.status_code == 400
    facts = {"title": f"가{nul}나", "keywords": [nul], "field_codes": [nul]}
    answer = client.patch(f"/api/v1/requests/{ref}/", facts, content_type="application/json")
    assert answer.status_code == 400
