"""Forms of rounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consulting.models import Request, Round, RoundRequest
from consulting.rounds.services import MOST_SEATS
from content.forms import DateInput


class RoundForm(forms.ModelForm):
    """Name, period and the conditions of the allocation."""

    why = {
        "capacity": _("비워 두면 전문가가 정한 월 최대 건수에 남은 달 수를 곱합니다."),
        "minimum": _("이보다 낮은 적합도의 전문가는 자리가 비더라도 배정하지 않습니다."),
        "per_institution": _("비워 두면 같은 기관 사람의 수를 제한하지 않습니다."),
        "per_institution_round": _(
            "비워 두면 한 기관이 이 회차에서 맡는 자리를 제한하지 않습니다."
        ),
    }
    examples = {"name": _("예: 2026년 정기 수요조사")}
    fieldsets = [
        (_("회차"), ["name", "kind", "starts_on", "ends_on", "note"]),
        (
            _("배정 조건"),
            ["capacity", "minimum", "per_institution", "per_institution_round"],
        ),
    ]

    class Meta:
        model = Round
        fields = (
            "name", "kind", "starts_on", "ends_on", "note", "capacity", "minimum",
            "per_institution", "per_institution_round",
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
    """The table of a round's requests: seats of each, and which to take out, in one form.

    A row that was not touched takes over what somebody else saved in between.
    """

    def __init__(self, entries: Iterable[RoundRequest], data: Mapping[str, str] | None = None):
        self.entries = list(entries)
        self.seen = {**{e.pk: e.seats for e in self.entries}, **_seen(data)}
        super().__init__({**data, **self._untouched(data)} if data is not None else None)
        for entry in self.entries:
            name = f"seats-{entry.pk}"
            self.fields[name] = forms.IntegerField(
                label=_("%(ref)s 자리") % {"ref": entry.request.ref},
                min_value=1,
                max_value=MOST_SEATS,
                initial=entry.seats,
                required=data is not None and name in data,
                widget=forms.NumberInput({"class": "krds-input small b-few"}),
            )
            self.fields[f"remove-{entry.pk}"] = forms.BooleanField(required=False)

    def _untouched(self, data: Mapping[str, str] | None) -> dict[str, str]:
        """Rows as they are now, where the text sent is what the page had shown."""
        sent = data or {}
        return {
            f"seats-{e.pk}": str(e.seats)
            for e in self.entries
            if sent.get(f"seats-{e.pk}", "").strip() == str(self.seen[e.pk])
        }

    @property
    def now(self) -> str:
        """What the page shows, sent back with the form: ``entry:seats`` in one hidden field."""
        return " ".join(f"{e.pk}:{e.seats}" for e in self.entries)

    def rows(self) -> list[tuple[RoundRequest, forms.BoundField, forms.BoundField]]:
        """Each request with its two fields."""
        return [(e, self[f"seats-{e.pk}"], self[f"remove-{e.pk}"]) for e in self.entries]

    def clean(self) -> dict[str, Any]:
        """Whoever is taken out needs no number."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for entry in self.entries:
            if data.get(f"remove-{entry.pk}"):
                self.errors.pop(f"seats-{entry.pk}", None)
        return data

    def changes(self) -> tuple[dict[int, tuple[int, int]], list[int]]:
        """(entry → seats seen and wanted, entries to take out), only what was touched."""
        wanted = {e.pk: self.cleaned_data.get(f"seats-{e.pk}") for e in self.entries}
        seats = {
            e.pk: (self.seen[e.pk], new)
            for e in self.entries
            if (new := wanted[e.pk]) is not None and new != e.seats
        }
        return seats, [e.pk for e in self.entries if self.cleaned_data.get(f"remove-{e.pk}")]


def _seen(data: Mapping[str, str] | None) -> dict[int, int]:
    """Entry → seats that the page had shown; what cannot be read is left out."""
    pairs = re.findall(r"(?<!\S)(\d{1,9}):(\d{1,9})(?!\S)", (data or {}).get("seen", ""))
    return {int(pk): int(seats) for pk, seats in pairs}


class LimitForm(forms.Form):
    """Another number for one expert."""

    expert = forms.UUIDField(widget=forms.HiddenInput())
    capacity = forms.IntegerField(label=_("이 회차에서 맡는 건수"), min_value=0, max_value=100)
    reason = forms.CharField(label=_("사유"), max_length=300)
