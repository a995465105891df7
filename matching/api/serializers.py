"""Runs, candidates, conflicts and waivers as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Organisation
from consulting.models import Request
from experts.models import Expert
from matching.eligibility import RULES, Exclusion
from matching.models import Conflict, MatchCandidate, MatchRun, Waiver
from matching.selectors.shortlist import request_for
from matching.services.runs import sentence
from matching.services.texts import LONGEST_REASON

DECISIONS = [(code, rule.label) for code, rule in RULES.items()]


class RequestRefField(serializers.CharField):
    """The ``ref`` of a request whose runs the caller may see."""

    def to_internal_value(self, data: Any) -> Any:
        ref = super().to_internal_value(data)
        found = request_for(self.context["request"].user, ref).first()
        if found is None:
            raise Http404
        return found

    def to_representation(self, value: Any) -> str:
        return value.ref if isinstance(value, Request) else str(value)


class ExpertField(serializers.UUIDField):
    """The public id of an expert whom the caller may see."""

    def to_internal_value(self, data: Any) -> Any:
        key = super().to_internal_value(data)
        visible = Expert.objects.visible_to(self.context["request"].user)
        found = visible.filter(public_id=key).first()
        if found is None:
            raise Http404
        return found

    def to_representation(self, value: Any) -> str:
        return str(value.public_id if isinstance(value, Expert) else value)


class ReasonField(serializers.CharField):
    """A reason in free text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST_REASON, **kwargs})


class RunSerializer(serializers.ModelSerializer[MatchRun]):
    """One search: state, progress, what it rested on."""

    request = RequestRefField(read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    step = serializers.CharField(read_only=True, help_text="Empty until the work begins.")
    error = serializers.SerializerMethodField(help_text="A sentence for staff; empty if none.")

    class Meta:
        model = MatchRun
        fields = (
            "id", "request", "state", "state_label", "step", "progress", "attempts", "parameters",
            "versions", "timings", "pool_size", "eligible_size", "exclusions", "error",
            "request_version", "created_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_error(self, run: MatchRun) -> str:
        return sentence(run.error)


class RunCreateSerializer(serializers.Serializer[Any]):
    """Start a search; a request with an active one answers with that."""

    request = RequestRefField()
    limit = serializers.IntegerField(min_value=1, required=False)
    pool = serializers.SlugField(required=False)
    origin = serializers.ChoiceField(Expert.Origin.choices, required=False)
    language = serializers.CharField(max_length=8, required=False)
    mode = serializers.CharField(max_length=16, required=False)


class DecisionSerializer(serializers.Serializer[Any]):
    """Name the people marked on the list."""

    note = ReasonField(required=False, allow_blank=True, default="")
    confirmed = serializers.BooleanField(
        default=False, help_text="Needed when the list is older than the request or a profile."
    )


class ExclusionSerializer(serializers.Serializer[Exclusion]):
    """A rule that keeps somebody off, with its evidence in words."""

    rule = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    sentence = serializers.CharField()
    source = serializers.CharField(help_text="The row it rests on, such as claim:12.")  # type: ignore[assignment]
    on = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)


class MatchedExpertSerializer(serializers.ModelSerializer[Expert]):
    """An expert by name."""

    class Meta:
        model = Expert
        fields = ("public_id", "name_ko", "name_en")
        read_only_fields = fields


class CandidateSerializer(serializers.ModelSerializer[MatchCandidate]):
    """A person on a list with the explanation as it was shown."""

    expert = MatchedExpertSerializer(read_only=True)
    is_old = serializers.SerializerMethodField(help_text="The profile changed after the list.")

    class Meta:
        model = MatchCandidate
        fields = (
            "id", "run", "expert", "origin", "rank", "score", "contributions", "explanation",
            "mark", "mark_reason", "marked_at", "preference", "added_reason", "is_old",
        )  # fmt: skip
        read_only_fields = fields

    def get_is_old(self, row: MatchCandidate) -> bool:
        return row.expert_version != row.expert.version


class CandidateAddSerializer(serializers.Serializer[Any]):
    """Add a person by hand."""

    request = RequestRefField()
    expert = ExpertField()
    reason = ReasonField()


class CandidateMarkSerializer(serializers.Serializer[Any]):
    """Mark a person; an empty mark takes it away."""

    mark = serializers.ChoiceField(MatchCandidate.Mark.choices, allow_blank=True)
    reason = ReasonField(required=False, allow_blank=True, default="")


class GapSerializer(serializers.Serializer[Any]):
    """One part of the score beside that of the last listed person."""

    label = serializers.CharField()  # type: ignore[assignment]
    his = serializers.FloatField()
    last = serializers.FloatField()
    difference = serializers.FloatField()


class WhyNotSerializer(serializers.Serializer[Any]):
    """Why somebody is, or is not, on the list."""

    expert = MatchedExpertSerializer()
    kind = serializers.CharField(help_text="listed, excluded, below, unlisted or unindexed")
    sentence = serializers.CharField()
    exclusions = ExclusionSerializer(many=True)
    score = serializers.FloatField(allow_null=True)
    gaps = GapSerializer(many=True)


class EligibilitySerializer(serializers.Serializer[Any]):
    """Whether one expert may be recommended for one request."""

    eligible = serializers.BooleanField()
    exclusions = ExclusionSerializer(many=True)


class AskedSerializer(serializers.Serializer[Any]):
    """Which expert, for which request."""

    request = RequestRefField()
    expert = ExpertField()


class ConflictSerializer(serializers.ModelSerializer[Conflict]):
    """A conflict of interest that staff entered, with one request or one organisation."""

    expert = ExpertField()
    request = RequestRefField(required=False, allow_null=True)
    organisation = serializers.SlugRelatedField(
        slug_field="code", queryset=Organisation.objects.all(), required=False, allow_null=True
    )
    reason = ReasonField()

    class Meta:
        model = Conflict
        fields = (
            "id", "expert", "request", "organisation", "evidence", "reason", "ends_on",
            "entered_at",
        )  # fmt: skip
        read_only_fields = ("id", "entered_at")
        validators: list[Any] = []


class ConflictEndSerializer(serializers.Serializer[Any]):
    """Why it no longer holds."""

    reason = ReasonField()


class WaiverSerializer(serializers.ModelSerializer[Waiver]):
    """A rule set aside for one expert on one request."""

    expert = ExpertField()
    request = RequestRefField()
    rule = serializers.ChoiceField(DECISIONS)
    reason = ReasonField()
    state = serializers.SerializerMethodField()

    class Meta:
        model = Waiver
        fields = (
            "id", "request", "expert", "rule", "reason", "state", "asked_at", "approved_at",
            "refused_at", "answer",
        )  # fmt: skip
        read_only_fields = ("id", "state", "asked_at", "approved_at", "refused_at", "answer")
        validators: list[Any] = []

    @extend_schema_field(serializers.ChoiceField(["waiting", "approved", "refused"]))
    def get_state(self, row: Waiver) -> str:
        if row.is_open:
            return "waiting"
        return "approved" if row.approved_at else "refused"


class WaiverAnswerSerializer(serializers.Serializer[Any]):
    """Approve or refuse; a refusal needs a sentence."""

    approve = serializers.BooleanField()
    answer = ReasonField(required=False, allow_blank=True, default="")
