"""Forms of committees and of the draw by lot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from experts.models import Axis
from matching.panels.lot import FEWEST, MOST
from matching.selectors.cards import Card
from matching.selectors.panels import TRAITS
from matching.services import lots, panels
from matching.services.texts import LONGEST_REASON


def _reason(label: Any) -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_REASON})
    return forms.CharField(label=label, widget=box, max_length=LONGEST_REASON)


class _PeopleForm(forms.Form):
    """A form in which people of the shortlist are ticked."""

    def _offer(self, names: Iterable[str], cards: Iterable[Card]) -> None:
        choices = [(str(card.expert.pk), card.expert.name) for card in cards]
        for name in names:
            field: Any = self.fields[name]
            field.choices = choices

    def picked(self, name: str) -> frozenset[int]:
        return frozenset(int(pk) for pk in self.cleaned_data[name])


class CommitteeForm(_PeopleForm):
    """What staff want of a committee."""

    why = {
        "per_organisation": _("한 기관의 의견이 위원회를 좌우하지 않도록 반드시 지킵니다."),
        "mandatory": _("목록에 없는 사람은 먼저 ‘직접 추가’로 더해 주십시오."),
    }
    fieldsets = [
        (_("크기"), ["seats", "alternates", "per_organisation"]),
        (
            _("바라는 구성 (지키지 못하면 이유를 알려 드립니다)"),
            ["origin_overseas", "origin_domestic", "sector_academia", "sector_industry",
             "sector_public"],
        ),
        (_("사람"), ["mandatory", "excluded"]),
    ]  # fmt: skip
    seats = forms.IntegerField(
        label=_("위원 수"), min_value=1, max_value=panels.MOST_SEATS, initial=5
    )
    alternates = forms.IntegerField(
        label=_("예비 인원"), min_value=0, max_value=panels.MOST_ALTERNATES, initial=2
    )
    per_organisation = forms.IntegerField(
        label=_("기관마다 최대 인원"), min_value=1, max_value=panels.MOST_SEATS, initial=1
    )
    mandatory = forms.MultipleChoiceField(
        label=_("꼭 넣을 사람"), required=False, widget=forms.CheckboxSelectMultiple()
    )
    excluded = forms.MultipleChoiceField(
        label=_("뺄 사람"), required=False, widget=forms.CheckboxSelectMultiple()
    )

    def __init__(self, cards: Iterable[Card], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for (trait, value), label in TRAITS.items():
            self.fields[f"{trait}_{value}"] = forms.IntegerField(
                label=_("%(label)s 최소 인원") % {"label": label},
                required=False,
                min_value=0,
                max_value=panels.MOST_SEATS,
            )
        self._offer(("mandatory", "excluded"), cards)

    def clean(self) -> dict[str, Any]:
        """No wish can be larger than the committee."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        seats = data.get("seats")
        for trait, value in TRAITS:
            name = f"{trait}_{value}"
            if seats and (data.get(name) or 0) > seats:
                self.add_error(name, _("위원 수보다 많을 수 없습니다."))
        return data

    def asked(self) -> panels.Asked:
        data = self.cleaned_data
        wishes = tuple(
            (trait, value, data[f"{trait}_{value}"])
            for trait, value in TRAITS
            if data.get(f"{trait}_{value}")
        )
        return panels.Asked(
            seats=data["seats"],
            alternates=data["alternates"],
            per_organisation=data["per_organisation"],
            wishes=wishes,
            mandatory=self.picked("mandatory"),
            excluded=self.picked("excluded"),
        )


class LotForm(_PeopleForm):
    """What is drawn, from how many, and why by lot."""

    why = {
        "times": _("자리의 세 배에서 열 배까지 명부에 올립니다."),
        "quota_tech": _("세 축 모두 비워 두면 축을 가리지 않고 뽑습니다."),
        "reason": _("명부와 증명서에 남아 나중에 누구나 확인할 수 있습니다."),
    }
    seats = forms.IntegerField(label=_("자리"), min_value=1, max_value=lots.MOST_SEATS, initial=3)
    times = forms.IntegerField(label=_("배수"), min_value=FEWEST, max_value=MOST, initial=FEWEST)
    reason = _reason(_("추첨으로 정하는 사유"))
    excluded = forms.MultipleChoiceField(
        label=_("명부에서 뺄 사람"), required=False, widget=forms.CheckboxSelectMultiple()
    )

    def __init__(self, cards: Iterable[Card], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for axis in Axis:
            self.fields[f"quota_{axis.value}"] = forms.IntegerField(
                label=_("%(axis)s 축의 최소 자리") % {"axis": axis.label},
                required=False,
                min_value=0,
                max_value=lots.MOST_SEATS,
            )
        self._offer(("excluded",), cards)
        self.order_fields(
            ["seats", "times", *(f"quota_{axis.value}" for axis in Axis), "reason", "excluded"]
        )

    def asked(self) -> lots.Asked:
        data = self.cleaned_data
        quotas = {axis.value: data.get(f"quota_{axis.value}") or 0 for axis in Axis}
        return lots.Asked(
            data["seats"], data["times"], data["reason"], quotas, self.picked("excluded")
        )


class DrawForm(forms.Form):
    """The operator's seed."""

    why = {
        "operator_seed": _("참관인 앞에서 정한 값입니다. 예: 주사위를 다섯 번 던진 눈 ‘4 1 6 2 5’")
    }
    operator_seed = forms.CharField(label=_("현장에서 정한 값"), max_length=200)


class AdoptForm(forms.Form):
    """Why a proposal is adopted."""

    reason = _reason(_("채택 사유"))


class CodeForm(forms.Form):
    """The number on a certificate."""

    code = forms.CharField(label=_("확인 번호"), max_length=40)
