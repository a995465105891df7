"""Forms of the matching desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from content.forms import DateInput
from matching.conf import setting
from matching.models import MatchCandidate
from matching.services.texts import LONGEST_REASON

Mark = MatchCandidate.Mark
USUAL = {
    Mark.CHOSEN: [
        _("같은 문제를 풀어 본 경험이 있습니다."),
        _("확인된 실적이 요청 내용과 맞습니다."),
        _("행정 분야를 잘 압니다."),
        _("일정과 방식이 맞습니다."),
    ],
    Mark.ALTERNATE: [
        _("선정된 사람이 어려울 때 함께할 수 있습니다."),
        _("분야의 일부가 맞습니다."),
        _("이번 달 여유가 적습니다."),
    ],
    Mark.DECLINED: [
        _("요청의 핵심 분야와 다릅니다."),
        _("근거가 오래되었거나 확인되지 않았습니다."),
        _("최근에 다른 요청을 많이 맡았습니다."),
        _("같은 분야에 더 알맞은 사람이 있습니다."),
    ],
}


def _reason_box(**attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_REASON, **attrs})


class ReasonForm(forms.Form):
    """A reason in free text."""

    reason = forms.CharField(label=_("사유"), widget=_reason_box(), max_length=LONGEST_REASON)


class MarkForm(forms.Form):
    """Why somebody is chosen, kept as an alternate or declined: usual reasons and free text."""

    usual = forms.MultipleChoiceField(
        label=_("자주 쓰는 사유"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"data-chips": ""}),
    )
    text = forms.CharField(
        label=_("직접 쓰기"), required=False, widget=_reason_box(), max_length=LONGEST_REASON
    )

    def __init__(self, mark: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["usual"]
        field.choices = [(str(n), text) for n, text in enumerate(USUAL[Mark(mark)])]
        self._usual = dict(field.choices)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = [str(self._usual[n]) for n in data.get("usual", [])]
        data["reason"] = " ".join([*chosen, data.get("text", "").strip()]).strip()
        if not data["reason"] and not self.errors:
            raise forms.ValidationError(_("사유를 고르거나 적어 주십시오."))
        return data


class StartForm(forms.Form):
    """How many people to list."""

    limit = forms.IntegerField(label=_("추천 인원"), required=False, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["limit"]
        field.max_value = setting("MATCHING_SHORTLIST_MOST")


class SearchForm(forms.Form):
    """A person's name."""

    name = forms.CharField(
        label=_("이름"), max_length=60, widget=forms.TextInput({"type": "search"})
    )

    @classmethod
    def of(cls, query: Any) -> tuple[SearchForm, str]:
        """The form and the name to look for: empty before the first search."""
        form = cls({"name": query["name"]} if "name" in query else None)
        return form, form.cleaned_data["name"] if form.is_valid() else ""


class DecideForm(forms.Form):
    """What the department is told, and that a list older than its facts was seen."""

    why = {"note": _("부서의 요청 화면에 선정 결과와 함께 보입니다.")}
    note = forms.CharField(
        label=_("부서에 전하는 안내"),
        required=False,
        max_length=LONGEST_REASON,
        widget=_reason_box(),
    )
    confirmed = forms.BooleanField(
        label=_("바뀐 내용을 확인했습니다."), required=False, widget=forms.CheckboxInput()
    )

    def __init__(self, *args: Any, is_old: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_old:
            self.fields["confirmed"].required = True
        else:
            del self.fields["confirmed"]


class ConflictForm(forms.Form):
    """A conflict of interest that staff know of."""

    why = {
        "evidence": _("나중에 누구나 다시 확인할 수 있도록 문서나 사실을 적습니다."),
        "ends_on": _("비워 두면 해제할 때까지 계속됩니다."),
    }
    expert = forms.UUIDField(label=_("전문가"), widget=forms.HiddenInput())
    scope = forms.ChoiceField(
        label=_("범위"),
        choices=[
            ("request", _("이 요청만")),
            ("department", _("이 부서의 모든 요청")),
            ("institution", _("이 기관의 모든 요청")),
        ],
        widget=forms.RadioSelect(),
        initial="request",
    )
    evidence = forms.CharField(label=_("근거"), max_length=300)
    reason = forms.CharField(label=_("사유"), widget=_reason_box(), max_length=LONGEST_REASON)
    ends_on = forms.DateField(label=_("종료일"), required=False, widget=DateInput())


class AnswerForm(forms.Form):
    """An answer to a waiver; needed for a refusal."""

    answer = forms.CharField(
        label=_("답변"), required=False, widget=_reason_box(rows=2), max_length=LONGEST_REASON
    )
