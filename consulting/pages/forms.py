"""The form of a request as a civil servant thinks of it, in steps; and the short ones of moves."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consulting import conf, facts, writing
from consulting.models import Request
from consulting.pages.fields import AmountField, DayField, KeywordsField, NodeField, TextField
from experts.models import Axis, TaxonomyNode

#: step → names written on it, in order; optional ones appear where the kind wants them
STEPS: dict[str, tuple[str, ...]] = {
    "text": ("title", "situation", "problem", "expected_effect", "data_held", "ask"),
    "terms": (
        writing.FIELDS, "keywords", "stage", "audience", "schedule", "deadline", "budget",
        "experts_wanted", "disclosure", "is_statutory",
    ),
}  # fmt: skip
OPTIONAL = frozenset(
    {"problem", "expected_effect", "data_held", "stage", "audience", "schedule", "budget",
     "is_statutory"}
)  # fmt: skip
STEP_LABELS = [_("내용"), _("분야와 조건"), _("첨부 파일"), _("확인과 제출")]
NODE_NAMES = [
    f"{axis}_{rank}" for axis in Axis.values for rank in range(1, conf.FIELDS_PER_AXIS + 1)
]

Box = TextField


class RequestForm(forms.Form):
    """The fields ``names`` of one request. Nothing is required before submission.

    What cannot be read is kept as typed (``typed``), so that a draft loses nothing.
    """

    title = TextField(label=_("제목"), limit=200, line=True, required=False)
    situation = Box(label=_("현황"), limit=conf.LONGEST_BOX, required=False)
    problem = Box(label=_("문제"), limit=conf.LONGEST_BOX, required=False)
    expected_effect = Box(label=_("기대효과"), limit=conf.LONGEST_BOX, rows=4, required=False)
    data_held = Box(label=_("보유 데이터"), limit=conf.LONGEST_BOX, rows=4, required=False)
    ask = Box(label=_("요청사항"), limit=conf.LONGEST_BOX, required=False)
    keywords = KeywordsField(
        label=_("키워드"), required=False, help_text=_("쉼표로 나누어 적어 주십시오.")
    )
    stage = forms.ChoiceField(
        label=_("사업 단계"),
        choices=Request.Stage.choices,
        required=False,
        widget=forms.RadioSelect(attrs={"data-chips": ""}),
    )
    audience = TextField(label=_("대상과 인원"), limit=200, line=True, required=False)
    schedule = TextField(label=_("일정과 장소"), limit=200, line=True, required=False)
    deadline = DayField(label=_("희망 기한"), required=False)
    budget = AmountField(label=_("예산(원)"), required=False)
    experts_wanted = forms.IntegerField(
        label=_("필요한 전문가 수"), min_value=1, max_value=20, required=False
    )
    disclosure = forms.ChoiceField(
        label=_("공개 구분"),
        choices=Request.Disclosure.choices,
        required=False,
        widget=forms.RadioSelect(attrs={"data-chips": ""}),
        help_text=_("공개로 고르면 선정이 끝난 뒤 제목과 부서가 누구나 보는 목록에 실립니다."),
    )
    is_statutory = forms.BooleanField(
        label=_("법령에 따른 심의나 평가입니다"),
        required=False,
        help_text=_("이해관계 확인을 더 엄격하게 합니다."),
    )

    why = {
        "title": _("무슨 일인지 한 줄로 알 수 있게 적어 주십시오."),
        "situation": _("지금 일이 어떻게 돌아가는지 알아야 맞는 사람을 찾을 수 있습니다."),
        "problem": _("무엇이 어려운지가 추천의 첫째 기준입니다."),
        "expected_effect": _("무엇이 나아지면 성공인지 적어 주십시오."),
        "data_held": _(
            "있는 자료에 따라 쓸 수 있는 기술이 달라집니다. 개인정보 자체는 적지 마십시오."
        ),
        "ask": _("전문가가 해 주기를 바라는 일을 적어 주십시오."),
        "keywords": _("찾을 때 그대로 쓰입니다."),
        "stage": _("단계에 따라 도움의 내용이 다릅니다."),
        "deadline": _("언제까지 도움이 필요한지에 맞추어 일정을 잡습니다."),
        "budget": _("규모에 맞는 전문가 수를 정하는 데 씁니다. 없으면 비워 두십시오."),
        "disclosure": _("결과를 어디까지 알릴지 정합니다."),
        "audience": _("눈높이에 맞는 전문가를 찾는 데 씁니다."),
    }
    examples = {
        "title": _("예: 대중교통 파업 때 시민 불편 예측과 대응체계 고도화"),
        "situation": _(
            "예: 파업이 알려지면 상담 전화가 하루 만 건을 넘고, 평소의 세 배를 기다립니다."
        ),
        "problem": _("예: 어느 지역의 어떤 문의가 늘지 미리 몰라 상담 인력을 옮기지 못합니다."),
        "expected_effect": _(
            "예: 대기 시간을 절반으로 줄이고, 대체 수송 안내를 하루 먼저 시작합니다."
        ),
        "data_held": _("예: 2022년부터의 상담 기록 120만 건, 교통카드 승하차 집계(시간·정류장별)"),
        "ask": _("예: 예측 방법과 필요한 자료를 검토받고, 시범 모형의 설계를 함께 하고 싶습니다."),
        "keywords": _("예: 수요예측, 상담 기록, 교통카드"),
        "audience": _("예: 민원 담당 직원 30명, 생성형 AI를 써 본 적 없음"),
        "schedule": _("예: 3월 둘째 주 하루 4시간, 서울시청 서소문청사"),
        "budget": _("예: 15,000,000"),
    }

    def __init__(
        self, data: Any = None, *, record: Request, names: Iterable[str], **kwargs: Any
    ) -> None:
        self.record = record
        self.names = [name for name in names if self._wanted(name)]
        super().__init__(data, initial=initial_of(record), **kwargs)
        for name in set(self.fields) - set(self.names):
            del self.fields[name]
        self._mark_needed()
        self.fieldsets: list[tuple[Any, list[str]]] = [(None, list(self.fields))]
        if writing.FIELDS in self.names:
            self._add_nodes()

    def _mark_needed(self) -> None:
        """Show what submission needs as required; a draft is saved without it all the same."""
        for name in set(facts.needed_fields(self.record.kind)) & set(self.fields):
            field = self.fields[name]
            field.required = True
            cast(TextField, field).may_wait = True

    def _wanted(self, name: str) -> bool:
        return name not in OPTIONAL or name in self.record.kind.fields_wanted

    def _add_nodes(self) -> None:
        nodes = choosable_nodes(self.record)
        groups = []
        for axis in Axis:
            names = [name for name in NODE_NAMES if name.startswith(f"{axis.value}_")]
            for rank, name in enumerate(names, 1):
                label = _("%(rank)s순위") % {"rank": rank}
                self.fields[name] = NodeField(axis.value, nodes, label=label, required=False)
            groups.append((_("원하는 분야: %(axis)s") % {"axis": axis.label}, names))
        self.fieldsets = [*groups, *self.fieldsets]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name, problem in writing.check_values(self.good_values()).items():
            self.add_error(self._field_of(name), problem)
        return data

    def _field_of(self, name: str) -> str | None:
        if name != writing.FIELDS:
            return name
        return next((one for one in NODE_NAMES if self.cleaned_data.get(one)), None)

    def good_values(self) -> dict[str, Any]:
        """Writable names with values that could be read; empty choices keep what is stored."""
        values: dict[str, Any] = {}
        for name in self.names:
            if name == writing.FIELDS:
                if not set(NODE_NAMES) & set(self.errors):
                    chosen = [self.cleaned_data.get(one) for one in NODE_NAMES]
                    values[name] = [node for node in chosen if node]
            elif name in self.cleaned_data:
                values[name] = self.cleaned_data[name]
        keep = ("stage", "disclosure", "experts_wanted")
        return {key: value for key, value in values.items() if key not in keep or value}

    def typed(self) -> dict[str, Any]:
        """What was typed into the fields that could not be read."""
        texts: dict[str, Any] = {}
        for name in self.errors:
            if name in NODE_NAMES:
                texts[writing.FIELDS] = {one: self._raw(one) for one in NODE_NAMES}
            elif name in self.fields:
                texts[name] = self._raw(name)
        return texts

    def _raw(self, name: str) -> str:
        return str(self.data.get(name, "")).replace("\x00", "")


def choosable_nodes(record: Request) -> list[TaxonomyNode]:
    """Leaves in force, and those that the request already names."""
    in_force = Q(valid_to=None) | Q(valid_to__gte=timezone.localdate())
    named = Q(pk__in=[row.node_id for row in record.fields.all()])
    nodes = TaxonomyNode.objects.filter(in_force | named, parent__isnull=False)
    return list(nodes.select_related("parent"))


def initial_of(record: Request) -> dict[str, Any]:
    """Stored values as form values; the wanted fields spread over the selects by rank."""
    values = {name: getattr(record, name) for name in writing.WRITABLE if name != writing.FIELDS}
    for row in record.fields.all():
        values[f"{row.node.axis}_{row.rank}"] = row.node.code
    return values


def step_form(record: Request, step: str, data: Mapping[str, Any] | None = None) -> RequestForm:
    """The form of one step. Text that could not be read last time stands in it with its error."""
    names = STEPS[step]
    if data is None and set(record.unfinished) & set(names):
        data = typed_data(record, names)
    return RequestForm(data, record=record, names=names)


def typed_data(record: Request, names: Iterable[str]) -> dict[str, Any]:
    """Form data made of the stored values and the text of the unfinished fields."""
    unbound = RequestForm(record=record, names=names)
    data = {name: unbound[name].value() for name in unbound.fields}
    for name, text in record.unfinished.items():
        data |= text if isinstance(text, dict) else {name: text}
    return {name: value for name, value in data.items() if value not in (None, False)}


class ReviseForm(RequestForm):
    """All fields at once, and why staff change them."""

    reason = TextField(label=_("고치는 이유"), limit=500, rows=3)

    def __init__(self, data: Any = None, *, record: Request, **kwargs: Any) -> None:
        names = [*STEPS["text"], *STEPS["terms"], "reason"]
        super().__init__(data, record=record, names=names, **kwargs)
        for name in set(facts.needed_fields(record.kind)) & set(self.fields):
            cast(TextField, self.fields[name]).may_wait = False

    def good_values(self) -> dict[str, Any]:
        values = super().good_values()
        values.pop("reason", None)
        return values


class QuestionForm(forms.Form):
    """What the department should add."""

    question = TextField(
        label=_("물어볼 것"),
        limit=facts.LONGEST_REASON,
        help_text=_("부서가 그대로 읽습니다. 무엇을 어떻게 보완하면 되는지 적어 주십시오."),
    )


class ReasonForm(forms.Form):
    """Why the request ends."""

    reason = TextField(
        label=_("사유"),
        limit=facts.LONGEST_REASON,
        help_text=_("상대방이 그대로 읽고, 기록으로 남습니다."),
    )


class AnswerForm(forms.Form):
    """The answer to the staff's question."""

    answer = TextField(label=_("답변"), limit=facts.LONGEST_REASON)


class MessageForm(forms.Form):
    """A few lines to the other side."""

    body = TextField(label=_("글"), limit=facts.LONGEST_REASON, rows=3)


class FileForm(forms.Form):
    """One file to attach; the step may be passed without any."""

    file = forms.FileField(
        label=_("파일"),
        help_text=_("hwp, hwpx, pdf, docx, xlsx, pptx, png, jpg, zip, csv, txt"),
        required=False,
    )

    def clean_file(self) -> Any:
        """Pressing "attach" without a file is a slip worth a word."""
        if not self.cleaned_data["file"]:
            raise forms.ValidationError(_("붙일 파일을 고르십시오."))
        return self.cleaned_data["file"]
