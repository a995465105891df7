"""The form of minimums and maximums for groups of experts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consulting.rounds.groups import choices
from consulting.rounds.services import MOST_SEATS


class QuotaForm(forms.Form):
    """A number of a group's people, on one request or on each."""

    why = {
        "institution": _("‘기관’을 골랐을 때만 적습니다. 주 소속이 이 기관인 사람을 셉니다."),
        "least": _(
            "채울 수 없으면 채울 수 있는 만큼 채우고, 모자라는 까닭을 배정안에 알려 드립니다."
        ),
        "most": _("비워 두면 제한하지 않습니다."),
        "entry": _("한 요청에 정한 조건은 모든 요청에 정한 같은 묶음의 조건보다 앞섭니다."),
    }
    group = forms.ChoiceField(label=_("전문가 묶음"))
    institution = forms.CharField(label=_("기관 이름"), required=False, max_length=160)
    entry = forms.TypedChoiceField(label=_("요청"), required=False, coerce=int, empty_value=None)
    least = forms.IntegerField(
        label=_("최소 인원"), min_value=0, max_value=MOST_SEATS, required=False
    )
    most = forms.IntegerField(
        label=_("최대 인원"), min_value=0, max_value=MOST_SEATS, required=False
    )

    def __init__(self, *args: Any, entries: list[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["group"].choices = [*choices(), ("institution:", _("기관"))]
        fields["entry"].choices = [("", _("모든 요청에 각각")), *entries]

    def clean(self) -> dict[str, Any]:
        """An institution needs its name; told at the field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("group") == "institution:" and not data.get("institution"):
            self.add_error("institution", _("기관 이름을 적어 주십시오."))
        return data

    def values(self) -> dict[str, Any]:
        """What was chosen, for the service."""
        data = self.cleaned_data
        by, _colon, value = data["group"].partition(":")
        return {
            "by": by,
            "value": value or data["institution"],
            "least": data["least"] or 0,
            "most": data["most"],
            "entry_id": data["entry"],
        }
