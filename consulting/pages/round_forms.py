"""Forms of rounds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consulting.models import Request, Round
from consulting.rounds.services import MOST_SEATS
from content.forms import DateInput


class RoundForm(forms.ModelForm):
    """Name, period and the conditions of the allocation."""

    why = {
        "capacity": _("비워 두면 전문가가 정한 월 최대 건수에 남은 달 수를 곱합니다."),
        "minimum": _("이보다 낮은 적합도의 전문가는 자리가 비더라도 배정하지 않습니다."),
        "per_institution": _("비워 두면 같은 기관 사람의 수를 제한하지 않습니다."),
    }
    examples = {"name": _("예: 2026년 정기 수요조사")}
    fieldsets = [
        (_("회차"), ["name", "kind", "starts_on", "ends_on", "note"]),
        (_("배정 조건"), ["capacity", "minimum", "per_institution"]),
    ]

    class Meta:
        model = Round
        fields = (
            "name", "kind", "starts_on", "ends_on", "note", "capacity", "minimum",
            "per_institution",
        )  # fmt: skip
        widgets = {
            "starts_on": DateInput(),
            "ends_on": DateInput(),
            "kind": forms.RadioSelect(),
            "note": forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
            "minimum": forms.NumberInput(attrs={"min": 0, "max": 1, "step": 0.01}),
        }

    def clean(self) -> dict[str, Any]:
        """The period runs forward; told at the field instead of the constraint's name."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("종료일은 시작일보다 빠를 수 없습니다."))
        return data

    def values(self) -> dict[str, Any]:
        """What was typed, checked, for the service."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class FindForm(forms.Form):
    """Which requests to look for."""

    q = forms.CharField(
        label=_("요청 검색"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search"}),
    )
    track = forms.ChoiceField(
        label=_("경로"), required=False, choices=[("", _("전체")), *Request.Track.choices]
    )


class SeatsForm(forms.Form):
    """How many experts a request may get."""

    seats = forms.IntegerField(label=_("자리"), min_value=1, max_value=MOST_SEATS)


class LimitForm(forms.Form):
    """Another number for one expert."""

    expert = forms.UUIDField(widget=forms.HiddenInput())
    capacity = forms.IntegerField(label=_("이 회차에서 맡는 건수"), min_value=0, max_value=100)
    reason = forms.CharField(label=_("사유"), max_length=300)
