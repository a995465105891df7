"""Forms of "my profile" and of the review. They ask; ``experts.services`` checks and stores."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.text import clean_line
from content.forms import DateInput
from experts.choices import Language, Mode, Region, Section, Weekday
from experts.claims import KINDS, LINE_LIMITS, TEXT_LIMIT, Column
from experts.models import Axis, Claim, Expert, Relation
from experts.selectors import taxonomy
from experts.services.profile import MOST_FIELDS, TEXTS


def _line(label: Any, **options: Any) -> forms.CharField:
    """A line whose length the service checks, so that a text that is too long is not lost."""
    return forms.CharField(label=label, required=options.pop("required", False), **options)


def _area(limit: int, rows: int = 6) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "data-maxlength": limit})


def _chips(label: Any, choices: Any, **options: Any) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple(attrs={"data-chips": ""})
    options = {"required": False, "widget": widget, **options}
    return forms.MultipleChoiceField(label=label, choices=choices, **options)


class BasicForm(forms.Form):
    """Who the person is."""

    name_ko = _line(_("이름"))
    name_en = _line(_("영문 이름"))
    headline = _line(_("한 줄 소개"))
    bio = forms.CharField(label=_("자기 소개"), required=False, widget=_area(TEXTS["bio"], 10))
    origin = forms.ChoiceField(
        label=_("국내·해외"),
        choices=Expert.Origin.choices,
        widget=forms.RadioSelect(attrs={"data-chips": ""}),
    )
    region = forms.ChoiceField(
        label=_("활동 지역"), choices=[("", _("고르지 않음")), *Region.choices], required=False
    )
    orcid = _line("ORCID")
    researcher_number = _line(_("국가연구자번호"))

    why = {
        "headline": _("전문가 목록에서 이름 아래에 보입니다."),
        "bio": _("요청의 내용과 뜻을 견주어 추천할 때 가장 많이 쓰입니다."),
        "region": _("대면 자문이 가능한 곳을 가늠하는 데 씁니다."),
    }
    examples = {
        "headline": _("예: 상담 기록을 읽어 민원의 원인을 찾습니다."),
        "bio": _("예: 어떤 문제를, 어떤 데이터로, 어떻게 풀었는지 적어 주십시오."),
        "orcid": "0000-0002-1825-0097",
    }


class FieldsForm(forms.Form):
    """Ranked fields, three per axis, and keywords."""

    keywords = forms.CharField(label=_("키워드"), required=False, widget=_area(2000, 2))

    why = {"keywords": _("분류에 없는 말로 찾을 때 쓰입니다.")}
    examples = {"keywords": _("쉼표로 나누어 적습니다. 예: 민원 자동 배부, 상담 품질")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fieldsets: list[tuple[Any, list[str]]] = []
        for axis, branches in taxonomy.tree().items():
            options = [
                (b.node.label, [(leaf.code, leaf.label) for leaf in b.leaves]) for b in branches
            ]
            names = []
            for rank in range(1, MOST_FIELDS + 1):
                names.append(f"{axis}_{rank}")
                self.fields[names[-1]] = forms.ChoiceField(
                    label=_("%(rank)s순위") % {"rank": rank},
                    choices=[("", _("고르지 않음")), *options],
                    required=False,
                )
            self.fieldsets.append((Axis(axis).label, names))
        self.fieldsets.append((_("그 밖의 말"), ["keywords"]))

    def codes(self) -> dict[str, list[str]]:
        """Axis → codes that were picked, in order of rank."""
        facts = self.cleaned_data
        return {
            str(axis): [c for r in range(1, MOST_FIELDS + 1) if (c := facts[f"{axis}_{r}"])]
            for axis in Axis.values
        }

    @staticmethod
    def initial_of(expert: Expert) -> dict[str, Any]:
        """What the profile says today."""
        picked: dict[str, Any] = {"keywords": ", ".join(expert.keywords)}
        ranks: dict[str, int] = {}
        for field in expert.fields.select_related("node").order_by("node__axis", "rank"):
            axis = field.node.axis
            ranks[axis] = ranks.get(axis, 0) + 1
            picked[f"{axis}_{ranks[axis]}"] = field.node.code
        return picked


class AvailabilityForm(forms.Form):
    """When, how and how often the person takes work."""

    availability = forms.ChoiceField(
        label=_("활동 가능 여부"),
        choices=Expert.Availability.choices,
        widget=forms.RadioSelect(attrs={"data-chips": ""}),
    )
    paused_until = forms.DateField(label=_("쉬는 기한"), required=False, widget=DateInput())
    monthly_cap = forms.IntegerField(label=_("월 최대 건수"), min_value=0, max_value=31)
    modes = _chips(_("방식"), Mode.choices)
    weekdays = _chips(_("가능한 요일"), Weekday.choices)
    languages = _chips(_("자문할 수 있는 언어"), Language.choices)

    why = {
        "availability": _("쉬는 동안에는 추천하지 않습니다."),
        "monthly_cap": _("이 수를 넘으면 그달에는 더 추천하지 않습니다."),
        "paused_until": _("비워 두면 다시 바꿀 때까지 쉽니다."),
    }

    def clean_weekdays(self) -> list[int]:
        return [int(day) for day in self.cleaned_data["weekdays"]]


class SectionsForm(forms.Form):
    """What the public directory shows beyond name, affiliation and fields."""

    public_sections = forms.MultipleChoiceField(
        label=_("공개할 항목"),
        choices=Section.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("이름, 주 소속, 전문 분야는 공개에 동의하면 늘 보입니다."),
    )


class RelationForm(forms.Form):
    """A relation that keeps the person from an organisation's cases."""

    kind = forms.ChoiceField(label=_("관계"), choices=Relation.Kind.choices)
    organisation = forms.ModelChoiceField(
        label=_("시 기관·부서"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=_("고르지 않음"),
    )
    organisation_name = _line(_("그 밖의 기관 이름"))
    note = _line(_("설명"))
    starts_on = forms.DateField(label=_("시작"), required=False, widget=DateInput())
    ends_on = forms.DateField(label=_("종료"), required=False, widget=DateInput())

    why = {"kind": _("신고한 기관의 요청에는 추천하지 않습니다.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = (
            Organisation.objects.in_use()
            .select_related("root")
            .order_by("root__name_ko", "name_ko")
        )


class ClaimForm(forms.Form):
    """One line of the profile; the fields come from the table of kinds."""

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spec = KINDS[kind]
        self.examples: dict[str, Any] = {}
        for name, column in spec.columns.items():
            self.fields[name] = _claim_field(name, column)
            self.examples[name] = column.example
        for name, column in spec.details.items():
            self.fields[name] = _claim_field(name, column)
            self.examples[name] = column.example
        self._details = tuple(spec.details)
        if spec.has_main:
            self.fields["is_main"] = forms.BooleanField(label=_("주 소속입니다"), required=False)
        self.fields["is_retired"] = forms.BooleanField(
            label=_("더는 내 방향이 아닙니다(추천에 쓰지 않습니다)"), required=False
        )

    def facts(self) -> dict[str, Any]:
        """The facts as the services take them."""
        given = dict(self.cleaned_data)
        details = {name: given.pop(name) for name in self._details}
        return {**given, "details": details}

    @staticmethod
    def initial_of(claim: Claim) -> dict[str, Any]:
        """What the line says today."""
        names = (*LINE_LIMITS, "text", "starts_on", "ends_on", "is_main", "is_retired")
        return {name: getattr(claim, name) for name in names} | claim.details


def _claim_field(name: str, column: Column) -> forms.Field:
    if name.endswith("_on"):
        return forms.DateField(label=column.label, required=column.required, widget=DateInput())
    if column.choices:
        choices = [("", _("고르지 않음")), *column.choices]
        return forms.ChoiceField(label=column.label, required=column.required, choices=choices)
    if name == "text":
        return forms.CharField(
            label=column.label, required=column.required, widget=_area(TEXT_LIMIT, 5)
        )
    return forms.CharField(label=column.label, required=column.required)


class ReasonForm(forms.Form):
    """Why, in a sentence."""

    reason = forms.CharField(label=_("사유"), widget=_area(300, 3))

    def __init__(self, *args: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


class NoteForm(forms.Form):
    """What should be added or corrected."""

    note = forms.CharField(label=_("보완할 내용"), widget=_area(5000, 5))

    examples = {"note": _("예: 재직증명서를 3개월 안에 발급한 것으로 바꾸어 주십시오.")}


class ApproveForm(forms.Form):
    """Until when the registration holds."""

    expires_on = forms.DateField(label=_("유효 기한"), required=False, widget=DateInput())

    why = {"expires_on": _("비워 두면 오늘부터 2년입니다.")}


class DecisionForm(forms.Form):
    """A reviewer's decision on one line."""

    decision = forms.ChoiceField(choices=[(x, x) for x in ("verify", "reject", "reset")])
    seen = forms.DateTimeField(required=False)
    until = forms.DateField(label=_("확인 유효 기한"), required=False, widget=DateInput())
    reason = forms.CharField(label=_("반려 사유"), required=False)


PURPOSES = (
    _("자격 검토"),
    _("추천·선정 검토"),
    _("전문가 문의 응대"),
    _("점검·감사"),
)


class PurposeForm(forms.Form):
    """Why a person's full record is opened; stands in the access log."""

    purpose = forms.ChoiceField(
        label=_("열람 사유"), choices=(), widget=forms.RadioSelect(attrs={"data-chips": ""})
    )
    note = _line(_("덧붙일 말"))

    why = {"purpose": _("누가 언제 왜 보았는지 개인정보 접속기록에 남습니다.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Iterable[tuple[str, Any]] = [(str(text), text) for text in PURPOSES]
        self.fields["purpose"].choices = list(choices)  # type: ignore[attr-defined]

    def text(self) -> str:
        """The reason as it is logged."""
        parts = (self.cleaned_data["purpose"], clean_line(self.cleaned_data["note"]))
        return ": ".join(filter(None, parts))[:200]
