"""Tags and filters of the page kit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone

from content.scores import hundredths
from content.templatetags import bridge
from content.ui import Column, Facet, FacetOption, Message, Row, TimelineItem
from tests.content.kit import KitForm

EVIL = '<script>alert("1")</script>'


def show(source: str, **values: Any) -> str:
    """Render a template line with the kit loaded."""
    return Template("{% load i18n bridge %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("{{ v|number }}", 12345, "12,345"),
        ("{{ v|number }}", None, ""),
        ("{{ v|won }}", 15_000_000, "15,000,000원"),
        ("{{ v|percent }}", 0.456, "46 %"),
        ("{{ v|filesize }}", 820, "820 B"),
        ("{{ v|filesize }}", 1_258_291, "1.2 MB"),
        ("{{ v|filesize }}", None, ""),
    ],
)
def test_values(source: str, value: Any, expected: str) -> None:
    assert show(source, v=value) == expected


def test_highlight_marks_words_and_escapes_the_rest() -> None:
    assert show("{{ v|highlight:'민원 a' }}", v="<민원> a") == "&lt;<mark>민원</mark>&gt; a"


@pytest.mark.parametrize("query", ["", None, "(", "[a", "\\"])
def test_highlight_takes_any_query(query: Any) -> None:
    assert "민원" in show("{{ v|highlight:q }}", v="민원", q=query)


def test_status_is_word_colour_and_icon() -> None:
    html = show("{% status_badge 'decided' '결정됨' %}")
    assert "결정됨" in html and "b-tone-success" in html and "<svg" in html


def test_an_unknown_status_is_neutral_and_a_tone_can_be_given() -> None:
    assert "b-tone-neutral" in show("{% status_badge 'odd' '이상' %}")
    assert "b-tone-warning" in show("{% status_badge 'odd' '이상' tone='warning' %}")


def test_verification_marks_differ_in_word_class_and_icon() -> None:
    kinds = ["verified", "self_declared", "rejected", "pending", "expired"]
    marks = {kind: show("{% verification k %}", k=kind) for kind in kinds}
    assert len(set(marks.values())) == len(kinds)
    assert "확인됨" in marks["verified"] and "본인 기재" in marks["self_declared"]


def test_verification_says_when_and_by_whom() -> None:
    html = show(
        "{% verification 'verified' on=on by='재단' until=until %}",
        on=date(2026, 3, 2),
        until=date(2027, 3, 1),
    )
    assert "2026. 3. 2." in html and "재단" in html and "2027. 3. 1.까지 유효" in html
    assert "2026" not in show("{% verification 'verified' on=on short=True %}", on=date(2026, 3, 2))


def test_next_step_names_the_deadline_and_says_when_it_has_passed() -> None:
    today = timezone.localdate()
    html = show("{% next_step what='재단 담당자 검토' until=until mine=True %}", until=today)
    assert "다음 할 일" in html and "is-mine" in html and "지났습니다" not in html
    late = show("{% next_step what='답변' until=until %}", until=today - timedelta(days=1))
    assert "지났습니다" in late
    assert "처리가 끝났습니다." in show("{% next_step done='처리가 끝났습니다.' %}")


def test_pagination_keeps_the_query_string() -> None:
    request = RequestFactory().get("/", {"q": "교통", "page": "2"})
    page = Paginator(range(100), 10).page(2)
    html = show("{% pagination page_obj %}", request=request, page_obj=page)
    assert "?q=%EA%B5%90%ED%86%B5&amp;page=3" in html
    assert 'aria-current="page"' in html
    one = Paginator(range(3), 10).page(1)
    assert show("{% pagination page_obj %}", request=request, page_obj=one).strip() == ""


def test_sort_links_drop_the_page_and_mark_the_current_order() -> None:
    request = RequestFactory().get("/", {"q": "a", "page": "4"})
    html = show("{% sort_links o 'due' %}", request=request, o=[("due", "기한"), ("new", "최신")])
    assert "page=" not in html and "?q=a&amp;sort=new" in html and 'aria-current="true"' in html


def test_facets_have_labelled_boxes_with_counts() -> None:
    options = [FacetOption("nlp", "자연어", 1200, True), FacetOption("cv", "영상", 0)]
    html = show("{% facets g %}", g=[Facet("tech", "기술", options)])
    assert 'name="tech" value="nlp" id="f-tech-1" checked' in html
    assert "1,200" in html and "1개 선택" in html and "<details" in html and " open" in html


def test_dicts_do_as_well_as_dataclasses() -> None:
    group = {"name": "t", "label": "기술", "options": [{"value": "a", "label": "가", "count": 1}]}
    assert 'value="a"' in show("{% facets g %}", g=[group])
    html = show(
        "{% compare c r %}", c=[{"title": "가"}], r=[{"label": "언어", "cells": ["한국어"]}]
    )
    assert 'data-label="가"' in html


def test_score_bar_tells_every_contribution_in_words() -> None:
    html = show("{% score_bar 0.82 p %}", p=[("의미", 0.46), ("용어", 0.36), ("감점", -0.02)])
    assert "0.82" in html and "0.46" in html and "-0.02" in html
    assert 'width="46.00"' in html and 'width="0.00"' in html and "style=" not in html


def test_compare_marks_differences() -> None:
    rows = [Row("언어", ["한국어", "영어"], differs=True), Row("지역", ["서울", None])]
    html = show("{% compare c r %}", c=[Column("가"), Column("나")], r=rows)
    assert html.count("다름") == 1 and 'scope="row"' in html and "<caption>" in html


def test_progress_without_a_value_is_indeterminate() -> None:
    assert 'value="3"' in show("{% progress 3 10 '살피는 중' %}")
    assert "value=" not in show("{% progress None 0 '기다리는 중' %}")


def test_post_button_is_a_guarded_form_with_its_token() -> None:
    html = show("{% post_button '/x/' '접수' danger=True %}", csrf_token="token")
    assert 'method="post"' in html and 'value="token"' in html and "b-danger" in html
    assert "data-guard" in html


def test_alertbox_wraps_its_content() -> None:
    html = show("{% alertbox 'warning' title='주의' %}<b>안</b>{{ v }}{% endalertbox %}", v=EVIL)
    assert "<b>안</b>" in html and "b-tone-warning" in html and EVIL not in html


def test_error_summary_links_to_the_first_input_of_a_field() -> None:
    form = KitForm({"count": "9"})
    html = show("{% error_summary form %}", form=form)
    assert 'href="#id_title"' in html and 'href="#id_stage_0"' in html
    assert show("{% error_summary form %}", form=KitForm()).strip() == ""


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("{% status_badge 'x' v %}", {}),
        ("{% tag_chip v v %}", {}),
        ("{% match_tag v 'exact' %}", {}),
        ("{% verification 'rejected' by=v reason=v %}", {}),
        ("{% next_step what=v note=v %}", {}),
        ("{% alert 'info' v %}", {}),
        ("{% empty_state v text=v %}", {}),
        ("{% crumb v %}", {}),
        ("{% icon 'check' label=v %}", {}),
        ("{% facts items %}", {"items": [(EVIL, EVIL)]}),
        ("{% timeline items %}", {"items": [TimelineItem(None, EVIL, EVIL, EVIL)]}),
        ("{% conversation m %}", {"m": [Message(EVIL, EVIL, timezone.now(), EVIL)]}),
        ("{% file_list f %}", {"f": [{"name": EVIL, "note": EVIL}]}),
        ("{% tabs t %}", {"t": [(EVIL, "/", None, True)]}),
        ("{{ v|highlight:'script' }}", {}),
    ],
)
def test_every_tag_escapes(source: str, values: dict[str, Any]) -> None:
    html = show(source, v=EVIL, **values)
    assert "<script>" not in html and "&lt;" in html


def test_a_wrong_number_of_cells_is_an_error() -> None:
    with pytest.raises((ValueError, TemplateSyntaxError)):
        show("{% compare c r %}", c=[Column("가")], r=[Row("언어", ["한국어", "영어"])])


def test_shown_contributions_add_up_to_the_shown_score() -> None:
    parts = [0.471, 0.371, 0.021, 0.133]
    assert hundredths(parts) == [0.48, 0.37, 0.02, 0.13]
    assert round(sum(hundredths(parts)), 2) == round(sum(parts), 2) and hundredths([]) == []


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, ""), (0.004, "1 % 미만"), (0.46, "약 46 %"), (0.994, "99 % 이상")],
)
def test_an_estimate_is_never_certain(value: float | None, words: str) -> None:
    assert bridge.rough_percent(value) == words
