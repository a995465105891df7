"""The form renderer: names, help, errors and their connections."""

from __future__ import annotations

import re

import pytest
from django import forms

from tests.content.kit import KitForm, RowFormSet


def field(html: str, name: str) -> str:
    """The opening tag of an input."""
    found = re.search(rf'<(?:input|select|textarea)[^>]*name="{name}"[^>]*>', html)
    assert found, name
    return found.group()


def test_labels_help_reason_and_example_belong_to_the_field() -> None:
    html = str(KitForm())
    assert 'for="id_title"' in html
    assert 'aria-describedby="id_title_helptext"' in field(html, "title")
    assert 'aria-describedby="id_due_why"' in field(html, "due")
    assert 'aria-describedby="id_problem_example"' in field(html, "problem")
    for part in ("id_title_helptext", "id_due_why", "id_problem_example"):
        assert html.count(f'id="{part}"') == 1


def test_required_is_said_in_words_and_to_screen_readers() -> None:
    html = str(KitForm())
    assert 'aria-required="true"' in field(html, "title")
    assert "aria-required" not in field(html, "problem")
    assert html.count("필수") == 4 and html.count("(선택)") == 5


def test_errors_are_on_top_beside_the_field_and_announced() -> None:
    html = str(KitForm({"title": "", "count": "9"}))
    assert "data-error-summary" in html and 'href="#id_title"' in html
    assert 'aria-invalid="true"' in field(html, "title")
    assert 'aria-describedby="id_title_helptext id_title_error"' in field(html, "title")
    assert html.count('id="id_title_error"') == 1 and "is-error" in html


def test_what_was_typed_stays() -> None:
    html = str(KitForm({"title": "", "problem": "쓰던 <글>"}))
    assert "쓰던 &lt;글&gt;" in html


def test_choices_stand_in_a_named_group() -> None:
    html = str(KitForm({"stage": "x"}))
    assert "<legend>단계" in html and 'for="id_stage_0"' in html
    assert re.search(r'<fieldset aria-describedby="id_stage_error"', html)
    assert "krds-form-chip" in html and "krds-form-check" in html


def test_fieldsets_group_fields_and_the_rest_follows() -> None:
    html = str(KitForm())
    assert html.index("무엇이 필요하십니까") < html.index("id_title") < html.index("id_stage_0")
    assert len(re.findall(r'name="due"', html)) == 1


def test_inputs_have_the_look() -> None:
    html = str(KitForm())
    assert "krds-input" in field(html, "title") and 'type="date"' in field(html, "due")
    assert "krds-form-select" in field(html, "kind")


def test_hidden_fields_are_rendered_once_without_wrapper() -> None:
    class Hidden(forms.Form):
        token = forms.CharField(widget=forms.HiddenInput)
        name = forms.CharField(label="이름")

    html = str(Hidden())
    assert html.count('name="token"') == 1 and "krds-input" not in field(html, "token")


def test_formsets_have_rows_a_blank_row_and_one_summary() -> None:
    html = str(
        RowFormSet({"r-TOTAL_FORMS": "1", "r-INITIAL_FORMS": "0", "r-0-year": "x"}, prefix="r")
    )
    assert 'name="r-TOTAL_FORMS"' in html and "__prefix__" in html and "data-formset-add" in html
    assert html.count("data-error-summary") == 1 and 'href="#id_r-0-year"' in html


@pytest.mark.parametrize("text", ["", "a", "가" * 100_000, "😀 mixed 글 ｆｕｌｌ", "<b>&\"'"])
def test_any_text_can_be_shown_again(text: str) -> None:
    assert "id_problem" in str(KitForm({"problem": text}))
