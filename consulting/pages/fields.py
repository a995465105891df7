"""Form fields that clean what people paste and name the limit that a text passes."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.text import clean_line, clean_text, split_keywords
from consulting.writing import too_long
from content.forms import DateInput
from experts.models import Axis, TaxonomyNode

_DATE = re.compile(r"\D*(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*")
LARGEST_BUDGET = 10**13


class TextField(forms.CharField):
    """A text of at most ``limit`` characters after cleaning; ``line`` makes it one line.

    There is no maxlength attribute: a browser would cut a long paste without a word.
    """

    def __init__(self, *, limit: int, line: bool = False, rows: int = 6, **kwargs: Any) -> None:
        self.limit = limit
        self.line = line
        #: a draft may leave a field empty that is marked as needed for submission
        self.may_wait = False
        if not line:
            kwargs.setdefault(
                "widget", forms.Textarea(attrs={"rows": rows, "data-maxlength": limit})
            )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = value if isinstance(value, str) else ""
        return clean_line(text) if self.line else clean_text(text)

    def validate(self, value: str) -> None:
        if not self.may_wait:
            super().validate(value)
        if len(value) > self.limit:
            raise ValidationError(too_long(self.limit, len(value)))


class KeywordsField(TextField):
    """Keywords with commas between them; cleans to a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=1_000, line=True, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return split_keywords(super().clean(value))


class AmountField(forms.CharField):
    """An amount of money in won, written as people write it: ``15,000,000원``."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", clean_line(value or ""))
        digits = re.sub(r"[,\s원₩]", "", text)
        if not digits:
            return None
        if re.fullmatch(r"-\d+", digits):
            raise ValidationError(_("예산은 0원 이상이어야 합니다."))
        if not re.fullmatch(r"\d{1,15}", digits):
            raise ValidationError(_("숫자로 적어 주십시오. 예: 15,000,000"))
        if int(digits) > LARGEST_BUDGET:
            raise ValidationError(_("예산이 너무 큽니다. 원 단위가 맞는지 확인해 주십시오."))
        return int(digits)


class DayField(forms.CharField):
    """A day: ISO from the browser's picker, ``2026. 11. 22.`` when written by hand."""

    widget = DateInput

    def clean(self, value: Any) -> Any:
        text = clean_line(str(value or ""))
        if not text:
            return None
        found = _DATE.fullmatch(text)
        try:
            year, month, day = (int(part) for part in found.groups()) if found else (0, 0, 0)
            return date(year, month, day)
        except ValueError:
            sentence = _("'%(text)s'은(는) 날짜로 읽을 수 없습니다. 2026-11-22처럼 적어 주십시오.")
            raise ValidationError(sentence % {"text": text[:40]}) from None


class NodeField(forms.ChoiceField):
    """One field of an axis, chosen from groups; cleans to a node or None."""

    def __init__(self, axis: str, nodes: Sequence[TaxonomyNode], **kwargs: Any) -> None:
        self.nodes = {node.code: node for node in nodes if node.axis == axis}
        super().__init__(choices=grouped(list(self.nodes.values())), **kwargs)
        text = gettext_lazy("고를 수 없는 분야입니다. 목록에서 다시 골라 주십시오.")
        self.error_messages["invalid_choice"] = text

    def clean(self, value: Any) -> Any:
        return self.nodes.get(super().clean(value))


def grouped(nodes: Sequence[TaxonomyNode]) -> list[tuple[str, Any]]:
    """Choices with the branches as groups and an empty first line."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for node in nodes:
        parent = node.parent.label if node.parent else str(Axis(node.axis).label)
        groups.setdefault(parent, []).append((node.code, node.label))
    return [("", _("고르지 않음")), *groups.items()]
