"""Writing, loading, suggesting and the rights of querysets."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting import selectors, services, signals, writing
from consulting.due import add_working_days
from consulting.kinds import load_kinds, read_kinds
from consulting.loading import PATHS, History
from consulting.models import Request, RequestKind, Selection
from consulting.suggestions import find_nodes, occurrences, similar_requests, suggest_fields
from consulting.transitions import Choice
from experts.models import TaxonomyNode
from notifications.models import Notice
from tests.factories.accounts import DepartmentFactory, RoleGrantFactory, UserFactory
from tests.factories.consulting import RequestFactory, kind, scene
from tests.factories.experts import ExpertFactory

pytestmark = pytest.mark.django_db


def visible(user) -> set[int]:
    return set(Request.objects.visible_to(user).values_list("pk", flat=True))


def test_who_sees_which_requests() -> None:
    people = scene(submitted=True)
    other = RequestFactory(accepted=True)
    both = {people.request.pk, other.pk}
    assert visible(people.officer) == visible(people.colleague) == {people.request.pk}
    assert visible(people.stranger) == set()
    assert (
        visible(people.manager) == visible(people.administrator) == visible(people.auditor) == both
    )
    assert visible(UserFactory(expert=True)) == visible(UserFactory()) == set()


def test_a_grant_for_the_institution_covers_its_departments() -> None:
    department = DepartmentFactory()
    request = RequestFactory(submitted=True, department=department)
    wide = UserFactory()
    RoleGrantFactory(user=wide, role=Role.OFFICER, scope=department.parent)
    assert visible(wide) == {request.pk}


def test_an_ended_role_sees_nothing() -> None:
    request = RequestFactory(submitted=True)
    former = UserFactory(department=request.department)
    yesterday = timezone.localdate() - timedelta(days=1)
    RoleGrantFactory(user=former, role=Role.OFFICER, starts_on=yesterday, ends_on=yesterday)
    assert visible(former) == set()


@pytest.mark.parametrize("ref", ["D", "Dx", "D" + "9" * 30, "26-9999", "", "D٣", "'; --"])
def test_addresses_that_name_nothing(ref: str) -> None:
    scene(submitted=True)
    assert not Request.objects.by_ref(ref).exists()


@pytest.mark.parametrize("state", list(PATHS))
def test_loaded_requests_have_a_history_that_leads_to_their_state(state: str) -> None:
    people = scene()
    start = timezone.now() - timedelta(days=60)
    choice = Choice(ExpertFactory().pk, "chosen", "경험이 맞습니다.", 1, 0.8)
    history = History(
        created_at=start, manager=people.manager, question="자료는 몇 년치입니까?",
        answer="3년치입니다.", closing_reason="중복", choices=[choice],
    )  # fmt: skip
    made = services.load_request(
        kind="poc", requester=people.officer, state=state, history=history, title="포트홀 탐지",
        situation="현황", fields=["T2-01", "D2-01"],
    )  # fmt: skip
    made.refresh_from_db()
    assert made.state == state and made.version == 1
    assert (made.number is None) == (state == "draft")
    events = list(Event.objects.filter(object_id=str(made.pk)).order_by("at", "pk"))
    times = [event.at for event in events]
    assert times == sorted(times) and times[0] == start and times[-1] <= timezone.now()
    assert made.state_since == times[-1]
    assert made.messages.exists() == (state != "draft")
    assert Selection.objects.filter(request=made).exists() == (state == "decided")
    assert not Notice.objects.exists()
    assert [row.node.code for row in made.fields.all()] == ["D2-01", "T2-01"]


def test_loading_takes_given_moments_and_the_number_of_that_year() -> None:
    people = scene()
    when = datetime(2025, 3, 4, 9, tzinfo=timezone.get_default_timezone())
    history = History(created_at=when, manager=people.manager, moments={"submit": when})
    made = services.load_request(
        kind="training", requester=people.officer, state="accepted", history=history, title="교육"
    )
    assert made.number == "25-0001" and made.submitted_at == when


def test_loading_an_unknown_code_leaves_nothing() -> None:
    people = scene()
    before = Request.objects.count()
    with pytest.raises(TaxonomyNode.DoesNotExist):
        services.load_request(
            kind="poc", requester=people.officer, state="draft",
            history=History(created_at=timezone.now()), fields=["X9-99"],
        )  # fmt: skip
    assert Request.objects.count() == before


def test_version_rises_only_where_matching_sees_a_change() -> None:
    people = scene(kind=kind("poc"))
    pk = people.request.pk
    assert services.save_draft(pk, people.officer, {"budget": 5}).version == 1
    assert services.save_draft(pk, people.officer, {"title": people.request.title}).version == 1
    assert services.save_draft(pk, people.officer, {"title": "새 제목"}).version == 2
    node = TaxonomyNode.objects.get(code="T1-02")
    assert services.save_draft(pk, people.officer, {"fields": [node]}).version == 3
    assert services.save_draft(pk, people.officer, {"fields": [node]}).version == 3


def test_unknown_names_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        writing.write(RequestFactory(), {"state": "decided"})


def test_correction_publishes_the_change(django_capture_on_commit_callbacks) -> None:
    heard = []

    def listener(request_id, **facts):
        heard.append(request_id)

    signals.request_changed.connect(listener)
    people = scene(shortlisted=True)
    with django_capture_on_commit_callbacks(execute=True):
        services.revise(people.request.pk, people.manager, {"title": "다듬은 제목"}, "오타")
    assert heard == [people.request.pk]
    event = Event.objects.get(type="request.revised")
    assert event.data["fields"] == ["title"] and "오타" in event.sentence


@pytest.mark.parametrize("state", ["draft", "returned", "matching", "decided", "rejected"])
def test_correction_in_other_states_is_a_conflict(state: str) -> None:
    people = scene(**({} if state == "draft" else {state: True}))
    with pytest.raises(Conflict):
        services.revise(people.request.pk, people.manager, {"title": "x"}, "이유")


def test_correction_needs_a_reason_a_change_and_the_right() -> None:
    people = scene(accepted=True)
    with pytest.raises(MissingFacts):
        services.revise(people.request.pk, people.manager, {"title": "x"}, " ")
    with pytest.raises(MissingFacts):
        services.revise(people.request.pk, people.manager, {"title": people.request.title}, "이유")
    with pytest.raises(NotPermitted):
        services.revise(people.request.pk, people.officer, {"title": "x"}, "이유")


@pytest.mark.parametrize("state", ["draft", "rejected", "withdrawn"])
def test_nobody_writes_on_drafts_and_closed_requests(state: str) -> None:
    people = scene(**({} if state == "draft" else {state: True}))
    with pytest.raises(Conflict):
        services.write_message(people.request.pk, people.officer, "글")


def test_a_message_tells_the_other_side() -> None:
    people = scene(accepted=True)
    services.write_message(people.request.pk, people.officer, "자료를 찾았습니다.")
    assert [notice.person for notice in Notice.objects.all()] == [people.request.manager]
    services.write_message(people.request.pk, people.manager, "고맙습니다.")
    assert Notice.objects.filter(person=people.officer).exists()


def test_someone_who_left_is_replaced_by_colleagues() -> None:
    people = scene(accepted=True)
    type(people.officer).objects.filter(pk=people.officer.pk).update(is_active=False)
    services.write_message(people.request.pk, people.manager, "질문이 있습니다.")
    assert [notice.person for notice in Notice.objects.all()] == [people.colleague]


def test_kinds_are_loaded_once_and_edits_stay() -> None:
    RequestKind.objects.filter(code="poc").update(label_ko="기술실증")
    assert load_kinds(RequestKind) == 0
    assert RequestKind.objects.get(code="poc").label_ko == "기술실증"
    with pytest.raises(ValueError, match="poc"):
        read = read_kinds()
        bad = [{**row, "fields_wanted": ["shoe_size"]} for row in read if row["code"] == "poc"]
        from json import dumps
        from pathlib import Path
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            path = Path(folder) / "kinds.json"
            path.write_text(dumps(bad))
            read_kinds(path)


@pytest.mark.parametrize(
    ("text", "name", "count"),
    [
        ("챗봇을 챗봇으로", "챗봇", 2),
        ("the cv of cvs", "cv", 1),
        ("rag와 rag를", "rag", 2),
        ("storage", "rag", 0),
        ("ai", "a", 0),
        ("llm기반 서비스", "llm", 1),
    ],
)
def test_words_of_the_vocabulary_in_a_text(text: str, name: str, count: int) -> None:
    assert occurrences(text, name) == count


def test_suggestions_are_at_most_three_per_axis_and_leave_out_what_is_there() -> None:
    text = "챗봇, LLM, RAG, STT, 번역, 온톨로지로 민원과 설문을 정리합니다."
    found = suggest_fields(text)
    assert sum(hit.node.axis == "tech" for hit in found) == 3
    assert all(hit.words for hit in found)
    first = found[0].node
    assert first not in [hit.node for hit in suggest_fields(text, [first.pk])]
    assert find_nodes("", TaxonomyNode.objects.all()) == []


def test_similar_requests_are_those_that_one_may_see() -> None:
    node = TaxonomyNode.objects.get(code="T2-01")
    people = scene(nodes=[node], keywords=["포트홀"])
    same = RequestFactory(
        accepted=True, requester=people.officer, nodes=[node], keywords=["포트홀"]
    )
    hidden = RequestFactory(accepted=True, nodes=[node], keywords=["포트홀"])
    assert similar_requests(people.request, people.officer) == [same]
    assert set(similar_requests(people.request, people.manager)) == {same, hidden}


def test_next_actor_in_every_state() -> None:
    sides = {
        "draft": "department", "submitted": "desk", "returned": "department", "accepted": "desk",
        "matching": "system", "shortlisted": "desk", "decided": "", "rejected": "", "withdrawn": "",
    }  # fmt: skip
    for state, side in sides.items():
        people = scene(**({} if state == "draft" else {state: True}))
        step = selectors.next_actor(people.request)
        assert step.who == side and bool(str(step.what)) == bool(side) != bool(str(step.done))
        assert selectors.is_turn_of(people.officer, people.request) == (side == "department")
        assert selectors.is_turn_of(people.manager, people.request) == (side == "desk")


def test_working_days() -> None:
    friday = date(2026, 11, 20)
    assert add_working_days(friday, 1) == date(2026, 11, 23)
    assert add_working_days(friday, 0) == friday
    assert add_working_days(friday, 2, {"2026-11-23"}) == date(2026, 11, 25)
