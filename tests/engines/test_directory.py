"""The directory on a real search server: the same people, order and numbers as the tables give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from accounts.models import User
from demo.composer import Composer
from demo.people import load_places
from experts import directory_engine
from experts.changes import touch
from experts.directory_engine import Unanswerable
from experts.grams import fold
from experts.models import Expert
from experts.selectors.directory import Filters, Search
from experts.services import bulk_load
from matching import directory
from matching.engines.elasticsearch.directory import Directory
from matching.engines.elasticsearch.directory_documents import pieces
from matching.engines.elasticsearch.errors import SearchClusterError
from matching.models import IndexJob
from matching.services import index_jobs
from tests.factories.accounts import UserFactory
from tests.factories.experts import ExpertFactory

pytestmark = pytest.mark.django_db
PEOPLE = 160
ASKED = [
    {},
    {"sort": "recent"},
    {"query": "침수"},
    {"query": "자연어처리"},
    {"query": "NLP"},
    {"query": "민원 분류"},
    {"query": "time series"},
    {"query": "demand forecasting"},
    {"query": "AI"},
    {"query": "김"},
    {"query": "김", "sort": "name"},
    {"query": "2024"},
    {"query": "c-its"},
    {"query": "v2x 교통"},
    {"query": "없는 말을 찾습니다"},
    {"query": "🚒"},
    {"tech": ("T3",)},
    {"tech": ("T1-01", "T1-02"), "domain": ("A6",)},
    {"tech": ("T1", "T1-01"), "language": ("en",)},
    {"query": "교통", "data": ("D5",), "region": ("seoul",)},
    {"language": ("en",), "sort": "recent"},
    {"region": ("nowhere",), "tech": ("zzz",)},
]


@pytest.fixture
def engine(elasticsearch_settings: dict[str, Any], settings: Any) -> Iterator[Directory]:
    """An empty directory on the test's server, offered to searches."""
    settings.ELASTICSEARCH = elasticsearch_settings
    settings.SEARCH_ENGINE = "elasticsearch"
    found = Directory()
    before = directory_engine._offered[:]
    directory_engine.offer(lambda: found)
    yield found
    directory_engine._offered[:] = before


@pytest.fixture
def people() -> list[Expert]:
    _, records = Composer(date(2026, 11, 22)).compose()
    load_places()
    return bulk_load(records[:PEOPLE], UserFactory(reviewer=True), "demo")


def from_the_tables(viewer: Any, asked: dict[str, Any], start: int, size: int) -> Any:
    kept = directory_engine._offered[:]
    directory_engine._offered.clear()
    try:
        return shown(Search(viewer, Filters(**asked), start=start, size=size))
    finally:
        directory_engine._offered[:] = kept


def shown(search: Search) -> tuple[list[int], int, Any]:
    results = search.results()
    ids = [person.pk for person in results[search.start : search.start + search.size]]
    facets = [(f.name, [(o.value, o.count) for o in f.options]) for f in search.facets()]
    return ids, results.count(), facets


def viewers(people: list[Expert]) -> dict[str, Any]:
    hidden = ExpertFactory(hidden=True, name_ko="가숨은")
    return {
        "anyone": AnonymousUser(),
        "department": UserFactory(officer=True),
        "staff": UserFactory(manager=True),
        "himself": User.objects.get(pk=hidden.user_id),
    }


def test_the_same_people_order_and_numbers_for_every_viewer(
    engine: Directory, people: list[Expert]
) -> None:
    everyone = viewers(people)
    engine.rebuild()
    answered = 0
    for viewer in everyone.values():
        for asked in ASKED:
            for start in (0, 20):
                search = Search(viewer, Filters(**asked), start=start, size=20)
                assert shown(search) == from_the_tables(viewer, asked, start, 20), asked
                answered += search.answer is not None
    # all but the words that are no run of letters
    assert answered == len(everyone) * (len(ASKED) - 2) * 2


def test_hidden_people_are_in_no_number(engine: Directory) -> None:
    ExpertFactory(fields=["T1-01"])
    ExpertFactory(fields=["T1-01"], hidden=True)
    ExpertFactory(fields=["T1-01"], suspended=True)
    engine.rebuild()
    search = Search(AnonymousUser(), Filters())
    assert search.answer is not None and search.results().count() == 1
    counted = {o.value: o.count for facet in search.facets() for o in facet.options}
    assert set(counted.values()) == {1}


def test_somebody_who_hides_is_gone_at_once_from_pages(engine: Directory) -> None:
    """Even before the server has heard of it."""
    expert = ExpertFactory()
    engine.rebuild()
    Expert.objects.filter(pk=expert.pk).update(is_public=False)
    search = Search(AnonymousUser(), Filters())
    assert search.answer is not None and search.answer.ids == [expert.pk]
    assert search.results()[0:20] == []


def test_changes_follow_through_rows(
    engine: Directory, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    first, second = ExpertFactory(), ExpertFactory()
    engine.rebuild()
    Expert.objects.filter(pk=first.pk).update(is_public=False, shares_with_departments=False)
    Expert.objects.filter(pk=second.pk).update(name_ko="새이름")
    with django_capture_on_commit_callbacks(execute=True):
        touch([first.pk, second.pk])
    assert index_jobs.work_off(IndexJob.Kind.DIRECTORY) or not waiting()
    search = Search(AnonymousUser(), Filters(query="새이름"))
    assert search.answer is not None and search.answer.ids == [second.pk]
    assert Search(AnonymousUser(), Filters()).results().count() == 1


def waiting() -> int:
    return IndexJob.objects.filter(kind=IndexJob.Kind.DIRECTORY).count()


def test_people_who_are_gone_leave(engine: Directory) -> None:
    gone, suspended = ExpertFactory(), ExpertFactory()
    engine.rebuild()
    ids = [gone.pk, suspended.pk]
    Expert.objects.filter(pk=suspended.pk).update(state="suspended", version=9)
    gone.claims.all().delete()
    gone.fields.all().delete()
    gone.delete()
    engine.sync([*ids, 999_999])
    engine.sync(ids)  # a second delivery changes nothing
    answer = Search(AnonymousUser(), Filters()).answer
    assert answer is not None and answer.total == 0


def test_an_older_state_never_replaces_a_newer_one(engine: Directory) -> None:
    expert = ExpertFactory(name_ko="옛이름")
    engine.rebuild()
    Expert.objects.filter(pk=expert.pk).update(name_ko="새이름", version=5)
    touch([expert.pk])
    engine.sync([expert.pk])
    Expert.objects.filter(pk=expert.pk).update(name_ko="옛이름", version=1)
    engine.sync([expert.pk])
    assert Search(AnonymousUser(), Filters(query="새이름")).answer.total == 1  # type: ignore[union-attr]


def test_a_rebuild_switches_at_once_and_leaves_one_index(engine: Directory) -> None:
    ExpertFactory.create_batch(2)
    assert engine.rebuild() == 2
    ExpertFactory()
    assert engine.rebuild() == 3
    assert len(engine.client.indices.get(index=f"{engine.alias}-*").body) == 1
    assert Search(AnonymousUser(), Filters()).answer.total == 3  # type: ignore[union-attr]


def test_without_an_index_the_tables_answer_and_a_small_one_is_made(engine: Directory) -> None:
    expert = ExpertFactory()
    search = Search(AnonymousUser(), Filters())
    for name in engine._behind(engine.alias):
        engine.client.indices.delete(index=name)
    assert search.answer is None and [p.pk for p in search.results()[0:20]] == [expert.pk]
    assert engine.ensure()
    assert Search(AnonymousUser(), Filters()).answer is not None


def test_a_server_that_is_down_is_asked_once_and_the_tables_answer(
    settings: Any, elasticsearch_settings: dict[str, Any], client: Client
) -> None:
    settings.ELASTICSEARCH = {**elasticsearch_settings, "hosts": ["http://127.0.0.1:9"]}
    settings.SEARCH_ENGINE = "elasticsearch"
    down = Directory()
    directory_engine.offer(lambda: down)
    try:
        expert = ExpertFactory(name_ko="표범수")
        page = client.get(reverse("experts:directory"), {"q": "표범수"}).content.decode()
        assert str(expert.public_id) in page
        assert down.breaker.reason == "unreachable" and not down.breaker.allows()
        with pytest.raises(SearchClusterError):
            down.sync([expert.pk])
    finally:
        directory_engine.offer(directory.active)


def test_jobs_wait_while_the_server_is_down(
    settings: Any, elasticsearch_settings: dict[str, Any]
) -> None:
    settings.ELASTICSEARCH = {**elasticsearch_settings, "hosts": ["http://127.0.0.1:9"]}
    settings.SEARCH_ENGINE = "elasticsearch"
    IndexJob.objects.create(kind=IndexJob.Kind.DIRECTORY, object_id=1)
    assert index_jobs.work_off(IndexJob.Kind.DIRECTORY) == 0
    row = IndexJob.objects.get(kind=IndexJob.Kind.DIRECTORY)
    assert row.attempts == 1 and row.error == "SearchClusterError"


def test_deep_pages_and_odd_words_are_left_to_the_tables(engine: Directory) -> None:
    search = Search(AnonymousUser(), Filters(), start=20_000)
    with pytest.raises(Unanswerable):
        engine.ask(search.question())
    for word in ("c-its", "…", "ai평가"):
        question = Search(AnonymousUser(), Filters(query=word)).question()
        assert [each.word for each in question.words] == [fold(word)]
        with pytest.raises(Unanswerable):
            engine.ask(question)


def test_runs_that_would_look_like_one_are_kept_apart() -> None:
    assert "xyz · yzq" in pieces("xyz yzq")
    assert pieces("가나 ai") == "가나 =ai · 가 나"
