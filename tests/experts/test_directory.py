"""Search and facets: what is found, for whom, and that nothing hidden is hinted at."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given
from hypothesis import strategies as st

from experts import grams
from experts.documents import refresh_documents
from experts.models import Expert
from experts.selectors.directory import Filters, Search
from experts.selectors.profile import cards, similar
from tests.factories.accounts import UserFactory
from tests.factories.experts import ClaimFactory, ExpertFactory

NOBODY = AnonymousUser()


@given(
    st.text(alphabet="가나다라마abcAB12 -·東", max_size=40), st.integers(0, 39), st.integers(1, 9)
)
def test_every_part_of_a_text_has_its_keys(text, start, length):
    """What stands in a text is never lost by the index (short words count as whole words)."""
    folded = grams.fold(text)
    term = folded[start : start + length].strip()
    if not term or " " in term or grams.is_short_word(term):
        return
    assert set(grams.keys_of_term(term)) <= set(grams.keys_of_text(folded))


def found(query="", viewer=NOBODY, **filters):
    search = Search(viewer, Filters(query=query, **filters))
    return [expert.name_ko for expert in search.people()]


@pytest.fixture
def people(db):
    flood = ExpertFactory(
        name_ko="가람수",
        name_en="Karam Soo",
        fields=["T3-01", "D3-02", "A1-01"],
        headline="도시 침수를 예측합니다.",
        bio="하수관로 수위를 시간마다 예측하는 OpenAI 기반 도구를 만들었습니다.",
        keywords=["침수 예보"],
        region="busan",
        languages=["ko"],
    )
    ClaimFactory(expert=flood, title="빗물펌프장 운영 최적화", text="", starts_on=date(2024, 3, 1))
    ClaimFactory(expert=flood, education=True, title="나루대학교", verified=True)
    ExpertFactory(name_ko="나말로", fields=["T1-01", "D1-03"], headline="상담 글을 나눕니다.")
    return flood


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("침수", ["가람수"]),
        ("수위를", ["가람수"]),
        ("람수", ["가람수"]),
        ("karam", ["가람수"]),
        ("빗물펌프", ["가람수"]),
        ("NLP", ["나말로"]),
        ("time series", ["가람수"]),
        ("TIME SERIES", ["가람수"]),
        ("침수 상담", []),
        ("상담 나눕니다", ["나말로"]),
        ("ai", ["나말로"]),
        ("!!!", []),
        ("가", ["가람수"]),
        ("🚒", []),
        ("%", []),
        ("ｋａｒａｍ", ["가람수"]),
        ("가" * 5000, []),
    ],
)
def test_search(people, query, names):
    assert found(query) == names


def test_facets_narrow_and_count(people):
    search = Search(NOBODY, Filters(tech=("T3",)))
    assert [e.name_ko for e in search.people()] == ["가람수"]
    tech, data, domain, region, language = search.facets()
    counts = {o.value: o.count for o in tech.options}
    assert counts["T1"] == 1 and counts["T3"] == 1  # its own choice does not narrow a facet
    assert counts["T3-01"] == 1  # leaves of a chosen branch are offered
    assert [o.value for o in data.options] == ["D3"]
    assert [(o.value, o.count) for o in region.options] == [("busan", 1)]
    assert [(o.value, o.count) for o in language.options] == [("ko", 1)]
    assert domain.options[0].value == "A1"


def test_a_leaf_narrows_its_branch(people):
    ExpertFactory(name_ko="다른이", fields=["T3-04"])
    assert len(found(tech=("T3",))) == 2
    assert found(tech=("T3", "T3-04")) == ["다른이"]
    assert sorted(found(tech=("T3-04", "T1"))) == ["나말로", "다른이"]


@pytest.mark.parametrize("value", ["T9", "'; drop", "가"])
def test_unknown_filters_find_nobody(people, value):
    assert found(tech=(value,)) == []


def test_sections_that_are_not_shown_are_not_searched(people):
    """The degree is not a public section of this person: nobody outside finds it."""
    assert found("나루대학교") == []
    assert found("나루대학교", UserFactory(officer=True)) == []
    assert found("나루대학교", UserFactory(manager=True)) == ["가람수"]
    people.public_sections = ["education"]
    people.save()
    refresh_documents([people.pk])
    assert found("나루대학교") == ["가람수"]
    assert found("빗물펌프") == []


@pytest.mark.django_db
def test_who_sees_whom():
    ExpertFactory(name_ko="가공개")
    ExpertFactory(name_ko="나부서", shared=True)
    ExpertFactory(name_ko="다숨김", hidden=True)
    for state in ("draft", "submitted", "suspended", "withdrawn", "expired"):
        ExpertFactory(name_ko=f"라{state}", **{state: True})
    assert found() == ["가공개"]
    assert found(viewer=UserFactory(expert=True)) == ["가공개"]
    assert found(viewer=UserFactory(officer=True)) == ["가공개", "나부서"]
    for role in ("reviewer", "manager", "administrator", "auditor"):
        assert found(viewer=UserFactory(**{role: True})) == ["가공개", "나부서", "다숨김"]
    assert found(viewer=UserFactory(editor=True)) == ["가공개"]


@pytest.mark.django_db
def test_facets_do_not_count_the_hidden():
    ExpertFactory(hidden=True, fields=["T4-01"], region="jeju", languages=["ja"])
    facets = Search(NOBODY, Filters()).facets()
    assert all(not facet.options for facet in facets)


def test_cards_say_why(people):
    search = Search(NOBODY, Filters(query="time series"))
    (card,) = cards(search, search.people().for_listing())
    assert card.hits == {"T3-01"}
    search = Search(NOBODY, Filters(query="빗물펌프"))
    (card,) = cards(search, search.people().for_listing())
    assert "빗물펌프장" in card.snippet and card.snippet_source.kind == "project"
    assert card.verified == ["소속"]  # the verified degree is not shown, so neither is its mark


def test_names_come_before_mentions(people):
    other = ExpertFactory(name_ko="바람이", headline="가람수와 함께 일했습니다.")
    assert found("가람수") == ["가람수", other.name_ko]


def test_a_department_card_shows_no_section(people):
    expert = ExpertFactory(name_ko="나부서", shared=True)
    ClaimFactory(expert=expert, title="숨은 과제")
    officer = UserFactory(officer=True)
    search = Search(officer, Filters(query="나부서"))
    (card,) = cards(search, search.people().for_listing())
    assert card.view.bio == "" and not card.view.claims
    assert found("숨은 과제", officer) == []


def test_similar_people_share_fields(people):
    twin = ExpertFactory(name_ko="쌍둥이", fields=["T3-01", "A1-01"])
    ExpertFactory(name_ko="숨은이", fields=["T3-01", "A1-01", "D3-02"], hidden=True)
    assert [view.expert for view in similar(people, NOBODY)] == [twin]


def test_queries_do_not_grow(people, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def run():
        search = Search(NOBODY, Filters(query="상담"))
        list(cards(search, search.people().for_listing()[:20]))
        search.facets()

    with CaptureQueriesContext(connection) as few:
        run()
    for _ in range(10):
        ClaimFactory(expert=ExpertFactory())
    with CaptureQueriesContext(connection) as many:
        run()
    assert len(many) == len(few)
    assert Expert.objects.count() == 12
