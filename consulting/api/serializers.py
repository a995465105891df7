"""Requests as the API shows and takes them. Rules stand in the services, not here."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from common.text import clean_line, clean_text
from consulting import conf, selectors, transitions, writing
from consulting.models import Message, Request, RequestKind
from consulting.writing import too_long
from experts.models import TaxonomyNode


class RequestKindSerializer(serializers.ModelSerializer[RequestKind]):
    """A kind of help that can be asked for."""

    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    description = serializers.CharField(read_only=True)
    example = serializers.CharField(read_only=True)

    class Meta:
        model = RequestKind
        fields = (
            "code", "label", "label_ko", "label_en", "description", "example", "fields_wanted",
            "usual_days", "usual_experts",
        )  # fmt: skip
        read_only_fields = fields


class WantedFieldSerializer(serializers.Serializer[Any]):
    """A wanted field of expertise with its rank on its axis."""

    code = serializers.CharField(source="node.code")
    axis = serializers.CharField(source="node.axis")
    label = serializers.CharField(source="node.label")  # type: ignore[assignment]
    rank = serializers.IntegerField()


class RequestPersonSerializer(serializers.Serializer[Any]):
    """A person as pages name people."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    department = serializers.CharField(allow_null=True)


class RequestDepartmentSerializer(serializers.Serializer[Any]):
    """The department that asks."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField()

    def get_name(self, organisation: Any) -> str:
        return str(organisation)


class RequestNextStepSerializer(serializers.Serializer[Any]):
    """Who must act next (``department``, ``desk``, ``system`` or nobody), and until when."""

    who = serializers.CharField()
    what = serializers.CharField()
    until = serializers.DateField(allow_null=True)


class RequestLineSerializer(serializers.ModelSerializer[Request]):
    """A request in a list."""

    ref = serializers.CharField(read_only=True, help_text="Name of the request in addresses.")
    kind = serializers.SlugRelatedField[RequestKind](slug_field="code", read_only=True)
    state = serializers.CharField(read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    department = RequestDepartmentSerializer(read_only=True)
    next_step = serializers.SerializerMethodField()

    class Meta:
        model = Request
        fields: tuple[str, ...] = (
            "ref", "number", "title", "kind", "state", "state_label", "state_since", "department",
            "next_step", "deadline", "submitted_at", "decided_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(RequestNextStepSerializer)
    def get_next_step(self, request: Request) -> Any:
        return RequestNextStepSerializer(selectors.next_actor(request)).data


ActionSerializer = inline_serializer(
    "RequestAction", {"name": serializers.CharField(), "label": serializers.CharField()}, many=True
)


class RequestSerializer(RequestLineSerializer):
    """A whole request."""

    wanted_fields = WantedFieldSerializer(source="fields.all", many=True, read_only=True)
    requester = RequestPersonSerializer(read_only=True)
    manager = RequestPersonSerializer(read_only=True, allow_null=True)
    stage = serializers.CharField(read_only=True)
    track = serializers.CharField(read_only=True)
    disclosure = serializers.CharField(read_only=True)
    revision = serializers.SerializerMethodField(
        help_text="Send it back with PATCH to be told of changes made meanwhile."
    )
    unfinished = serializers.DictField(
        read_only=True, help_text="Text of form fields that could not be read yet."
    )
    available_actions = serializers.SerializerMethodField()

    class Meta(RequestLineSerializer.Meta):
        fields = (
            *RequestLineSerializer.Meta.fields, "situation", "problem", "expected_effect",
            "data_held", "ask", "audience", "schedule", "stage", "track", "keywords",
            "wanted_fields", "budget", "experts_wanted", "disclosure", "is_statutory", "requester",
            "manager", "next_due", "closing_reason", "decision_note", "created_at", "accepted_at",
            "version", "revision", "unfinished", "available_actions",
        )  # fmt: skip
        read_only_fields = fields

    def get_revision(self, request: Request) -> str:
        return writing.fingerprint(request)

    @extend_schema_field(ActionSerializer)
    def get_available_actions(self, request: Request) -> list[dict[str, str]]:
        moves = transitions.available_actions(request, self.context["request"].user)
        return [{"name": move.name, "label": str(move.label)} for move in moves]


class CleanText(serializers.CharField):
    """Pasted text, cleaned before its length is measured."""

    def __init__(self, limit: int, line: bool = False, **kwargs: Any) -> None:
        self.limit = limit
        self.line = line
        super().__init__(allow_blank=True, required=False, trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str):
            data = clean_line(data) if self.line else clean_text(data)
            if len(data) > self.limit:
                raise serializers.ValidationError(too_long(self.limit, len(data)))
        return super().run_validation(data)


def _box() -> CleanText:
    return CleanText(conf.LONGEST_BOX)


class RequestWriteSerializer(serializers.Serializer[Any]):
    """What may be written into a draft. Every field may be left out."""

    title = CleanText(200, line=True)
    situation = _box()
    problem = _box()
    expected_effect = _box()
    data_held = _box()
    ask = _box()
    audience = CleanText(200, line=True)
    schedule = CleanText(200, line=True)
    stage = serializers.ChoiceField(choices=Request.Stage.choices, required=False)
    keywords = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=30, required=False
    )
    deadline = serializers.DateField(required=False, allow_null=True)
    budget = serializers.IntegerField(
        min_value=0, max_value=10**13, required=False, allow_null=True, help_text="Won."
    )
    experts_wanted = serializers.IntegerField(min_value=1, max_value=20, required=False)
    disclosure = serializers.ChoiceField(choices=Request.Disclosure.choices, required=False)
    is_statutory = serializers.BooleanField(required=False)
    field_codes = serializers.ListField(
        child=serializers.CharField(max_length=16),
        max_length=9,
        required=False,
        help_text="Taxonomy codes, best first; at most three per axis.",
    )

    def validate_keywords(self, words: list[str]) -> list[str]:
        return [word for word in map(clean_line, words) if word]

    def validate_field_codes(self, codes: list[str]) -> list[TaxonomyNode]:
        nodes = {node.code: node for node in TaxonomyNode.objects.filter(code__in=codes)}
        unknown = [code for code in codes if code not in nodes]
        if unknown:
            text = _("없는 분야 코드입니다: %(codes)s")
            raise serializers.ValidationError(text % {"codes": ", ".join(unknown)})
        return [nodes[code] for code in codes]

    def values(self) -> dict[str, Any]:
        """Writable names and values, as ``consulting.writing`` takes them."""
        given: Mapping[str, Any] = self.validated_data
        renamed = {
            writing.FIELDS if name == "field_codes" else name: value
            for name, value in given.items()
        }
        return {name: value for name, value in renamed.items() if name in writing.WRITABLE}


class KindField(serializers.SlugRelatedField[RequestKind]):
    """A kind in use, by its code."""

    def __init__(self, **kwargs: Any) -> None:
        kinds = RequestKind.objects.filter(is_active=True)
        super().__init__(slug_field="code", queryset=kinds, **kwargs)

    def to_internal_value(self, data: Any) -> RequestKind:
        return super().to_internal_value(str(data).replace("\x00", ""))


class RequestCreateSerializer(RequestWriteSerializer):
    """A new draft: a kind, and whatever is known already."""

    kind = KindField()

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "kind"}


class RequestPatchSerializer(RequestWriteSerializer):
    """Changes of a draft."""

    revision = serializers.CharField(
        max_length=16, required=False, help_text="The one that was read; another one is a 409."
    )


class RequestMessageSerializer(serializers.ModelSerializer[Message]):
    """A message on a request."""

    kind = serializers.CharField(read_only=True)
    author = RequestPersonSerializer(read_only=True)
    body = CleanText(4_000)

    class Meta:
        model = Message
        fields = ("id", "kind", "author", "body", "at")
        read_only_fields = ("id", "kind", "author", "at")


class RequestFileSerializer(serializers.Serializer[Any]):
    """A file of a request."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    uploaded_at = serializers.DateTimeField()


class RequestFileUploadSerializer(serializers.Serializer[Any]):
    """One file as multipart form data."""

    file = serializers.FileField()


class RequestReasonSerializer(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(allow_blank=True)


class RequestQuestionSerializer(serializers.Serializer[Any]):
    """What the department should add."""

    question = serializers.CharField(allow_blank=True)


class RequestAnswerSerializer(serializers.Serializer[Any]):
    """The department's answer."""

    answer = serializers.CharField(allow_blank=True)


class RequestAssignSerializer(serializers.Serializer[Any]):
    """Who becomes the case manager."""

    manager = serializers.IntegerField(help_text="Id of a case manager.")


class FieldSuggestionSerializer(serializers.Serializer[Any]):
    """A field that a text names."""

    code = serializers.CharField(source="node.code")
    axis = serializers.CharField(source="node.axis")
    label = serializers.CharField(source="node.label")  # type: ignore[assignment]
    words = serializers.ListField(child=serializers.CharField())


class SuggestionTextSerializer(serializers.Serializer[Any]):
    """A text to look for fields in."""

    text = CleanText(60_000)
