"""Catalogues: what is found in the code, what counts as translated, what is compiled."""

from __future__ import annotations

import ast
import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from config import messages
from config.local_services.catalogues import compile_catalogues

PAGE = """{% load i18n %}<h1>{% translate "저장" %}</h1>
<p title="{% translate '제목 (선택)' %}">
{% blocktranslate with n=total %}{{ n }}명{% endblocktranslate %}</p>
{% blocktranslate count counter=n %}{{ counter }}건{% plural %}{{ counter }}건
{% endblocktranslate %}
{% if _("조건") %}{{ value|default:_("없음") }}{% endif %}
"""
MODULE = """
from django.utils.translation import gettext_lazy as _
TITLE = _("여러 줄로 "
          "쓴 문장")
"""
CATALOGUE = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "저장"
msgstr "Save"

msgid "비어 있음"
msgstr ""

#, fuzzy
msgid "불확실"
msgstr "Unsure"

msgid "%(n)s명"
msgstr "many people"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project with one template and one module."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "views.py").write_text(MODULE)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    return tmp_path


def _ids(catalogue: Catalog) -> set[str]:
    return {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id}


def test_sentences_of_templates_and_modules_are_found(project: Path) -> None:
    assert _ids(messages.collect()) == {
        "저장",
        "제목 (선택)",
        "%(n)s명",
        "%(counter)s건",
        "조건",
        "없음",
        "여러 줄로 쓴 문장",
    }


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("저장", None),
        ("새 문장", "missing"),
        ("비어 있음", "not translated"),
        ("불확실", "marked as uncertain"),
        ("%(n)s명", "placeholder lost"),
    ],
)
def test_what_counts_as_translated(project: Path, sentence: str, problem: str | None) -> None:
    (project / "templates" / "page.html").unlink()
    (project / "app" / "views.py").write_text(f"_({sentence!r})")
    path = project / "locale/en/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE)
    found = list(messages.check(path))
    assert len(found) == (problem is not None)
    assert not found or f": {problem}: " in found[0]


def test_an_update_keeps_translations_and_adds_what_is_new(project: Path) -> None:
    path = project / "locale/en/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE)
    messages.update(path)
    text = path.read_text()
    assert 'msgid "저장"\nmsgstr "Save"' in text
    assert 'msgid "없음"\nmsgstr ""' in text
    assert "비어 있음" not in text
    messages.update(path)
    assert path.read_text() == text


def test_catalogues_are_compiled_when_they_change(tmp_path: Path) -> None:
    source = tmp_path / "en/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text(CATALOGUE)
    (target,) = compile_catalogues(tmp_path)
    with target.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("저장") == "Save"
    assert compile_catalogues(tmp_path) == []


def test_no_module_calls_gettext_by_a_name_that_the_catalogue_does_not_know() -> None:
    functions = {name for name in dir(translation) if "gettext" in name}
    unknown = []
    for path in messages.sources():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text())):
                for called, name in renamed(node):
                    if called in functions and name not in messages.KEYWORDS:
                        unknown.append(f"{path.name}: {called} as {name}")
    assert unknown == []


def renamed(node: ast.AST) -> list[tuple[str, str]]:
    """(function, other name) of ``import f as name`` and of ``name = f``."""
    if isinstance(node, ast.ImportFrom):
        return [(each.name, each.asname or each.name) for each in node.names]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
        return [(node.value.id, t.id) for t in node.targets if isinstance(t, ast.Name)]
    return []


def test_django_speaks_in_this_sites_tone() -> None:
    field = forms.CharField(max_length=3)
    said = {}
    for language in ("ko", "en"):
        with translation.override(language):
            for value in ("", "긴 글입니다"):
                with pytest.raises(ValidationError) as refused:
                    field.clean(value)
                said[language, value] = refused.value.messages[0]
    assert said["ko", ""] == "필수 항목입니다. 입력하거나 선택해 주십시오."
    assert said["ko", "긴 글입니다"] == "3자 이내로 입력해 주십시오. (지금 6자)"
    assert said["en", ""] == "This field is required."
    assert said["en", "긴 글입니다"].endswith("at most 3 characters (it has 6).")
