"""Shapes of the API. They say what goes in and out; ``experts.services`` checks and stores."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from experts.choices import Language, Mode, Region, Section
from experts.models import Axis, Claim, ClaimKind, Expert, Relation, TaxonomyNode
from experts.selectors import ball
from experts.selectors.review import BOXES


class NodeSerializer(serializers.ModelSerializer[TaxonomyNode]):
    """A branch or leaf of the vocabulary."""

    parent: Any = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    replaced_by: Any = serializers.SlugRelatedField("code", read_only=True, allow_null=True)

    class Meta:
        model = TaxonomyNode
        fields = (
            "code", "axis", "parent", "label_ko", "label_en", "aliases", "valid_from", "valid_to",
            "replaced_by",
        )  # fmt: skip


class ExpertFieldSerializer(serializers.ModelSerializer[TaxonomyNode]):
    """A field that somebody carries, in the reader's language."""

    label: Any = serializers.CharField(read_only=True)

    class Meta:
        model = TaxonomyNode
        fields = ("code", "axis", "label")


_CLAIM = (
    "id", "kind", "title", "organisation", "role", "text", "starts_on", "ends_on", "is_main",
    "is_retired", "verification", "is_verified", "verified_at", "verified_until",
)  # fmt: skip


class ShownClaimSerializer(serializers.ModelSerializer[Claim]):
    """A line as the public may see it."""

    is_verified = serializers.BooleanField(read_only=True)

    class Meta:
        model = Claim
        fields = _CLAIM
        read_only_fields = fields


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    """A line with everything that the person wrote and a reviewer decided."""

    is_verified = serializers.BooleanField(read_only=True)
    details: Any = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Claim
        fields = (*_CLAIM, "identifier", "details", "rejection_reason", "source", "updated_at")
        read_only_fields = fields


class ClaimWriteSerializer(serializers.Serializer[Any]):
    """What a line says. Which columns a kind uses stands in ``docs/experts.md``."""

    kind = serializers.ChoiceField(ClaimKind.choices, required=False)
    title = serializers.CharField(allow_blank=True, required=False)
    organisation = serializers.CharField(allow_blank=True, required=False)
    role = serializers.CharField(allow_blank=True, required=False)
    text = serializers.CharField(allow_blank=True, required=False)
    identifier = serializers.CharField(allow_blank=True, required=False)
    starts_on = serializers.DateField(allow_null=True, required=False)
    ends_on = serializers.DateField(allow_null=True, required=False)
    details: Any = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False
    )
    is_main = serializers.BooleanField(required=False, default=False)
    is_retired = serializers.BooleanField(required=False, default=False)


class ExpertCardSerializer(serializers.Serializer[Any]):
    """One line of the directory."""

    public_id = serializers.UUIDField(source="expert.public_id")
    name = serializers.CharField(source="expert.name")
    headline = serializers.CharField(source="expert.headline")
    affiliation = ShownClaimSerializer(source="view.affiliation", allow_null=True)
    fields_of = ExpertFieldSerializer(source="view.nodes", many=True)
    keywords = serializers.ListField(source="view.keywords", child=serializers.CharField())
    languages = serializers.ListField(
        source="expert.languages", child=serializers.ChoiceField(Language.choices)
    )
    region = serializers.ChoiceField(Region.choices, source="expert.region", allow_blank=True)
    verified = serializers.ListField(
        child=serializers.CharField(), help_text="Kinds with a verified line, in words"
    )
    snippet = serializers.CharField(help_text="The passage that answers the search")
    hits = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the fields that the search names"
    )


class ExpertViewSerializer(serializers.Serializer[Any]):
    """A profile cut to what the reader may see; parts that are not shown are empty."""

    public_id = serializers.UUIDField(source="expert.public_id")
    level = serializers.ChoiceField(
        [("full", "full"), ("open", "open"), ("card", "card")], help_text="How much is shown"
    )
    name = serializers.CharField(source="expert.name")
    headline = serializers.CharField(source="expert.headline")
    affiliation = ShownClaimSerializer(allow_null=True)
    fields_of = ExpertFieldSerializer(source="nodes", many=True)
    keywords = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(
        source="expert.languages", child=serializers.ChoiceField(Language.choices)
    )
    region = serializers.ChoiceField(Region.choices, source="expert.region", allow_blank=True)
    bio = serializers.CharField()
    claims: Any = serializers.SerializerMethodField()

    @extend_schema_field(ShownClaimSerializer(many=True))
    def get_claims(self, view: Any) -> Any:
        """Lines of the sections that are shown; at level ``full`` with all their columns."""
        shape = ClaimSerializer if view.level == "full" else ShownClaimSerializer
        return shape(view.claims, many=True).data


class ExpertOptionSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    label: Any = serializers.CharField()
    count = serializers.IntegerField()
    selected = serializers.BooleanField()


class ExpertFacetSerializer(serializers.Serializer[Any]):
    """A facet with how many people each option leaves."""

    name = serializers.CharField()
    label: Any = serializers.CharField()
    options = ExpertOptionSerializer(many=True)


class ExpertNextStepSerializer(serializers.Serializer[Any]):
    """Who has the ball; ``what`` is empty when nothing is left to do."""

    what = serializers.CharField()
    until = serializers.DateField(allow_null=True)
    mine = serializers.BooleanField()


class RelationSerializer(serializers.ModelSerializer[Relation]):
    """A declared relation."""

    class Meta:
        model = Relation
        fields = (
            "id", "kind", "organisation", "organisation_name", "note", "starts_on", "ends_on",
            "declared_at",
        )  # fmt: skip
        read_only_fields = ("declared_at",)
        extra_kwargs = {"organisation_name": {"required": False, "allow_blank": True}}


class ExpertProfileSerializer(serializers.ModelSerializer[Expert]):
    """A whole profile: the own one, or one under review."""

    fields_of: Any = serializers.SerializerMethodField()
    claims = ClaimSerializer(many=True, read_only=True)
    relations = RelationSerializer(many=True, read_only=True)
    next_step: Any = serializers.SerializerMethodField()
    actions: Any = serializers.SerializerMethodField()

    class Meta:
        model = Expert
        fields = (
            "public_id", "state", "state_since", "name_ko", "name_en", "origin", "region",
            "languages", "headline", "bio", "keywords", "orcid", "researcher_number",
            "is_in_house", "availability", "paused_until", "modes", "weekdays", "monthly_cap",
            "public_sections", "is_public", "shares_with_departments", "review_note",
            "closing_reason", "submitted_at", "approved_at", "expires_on", "version", "fields_of",
            "claims", "relations", "next_step", "actions",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ExpertFieldSerializer(many=True))
    def get_fields_of(self, expert: Expert) -> Any:
        """Fields, axis by axis, first choice first."""
        nodes = [f.node for f in sorted(expert.fields.all(), key=lambda f: (f.node.axis, f.rank))]
        return ExpertFieldSerializer(nodes, many=True).data

    @extend_schema_field(ExpertNextStepSerializer)
    def get_next_step(self, expert: Expert) -> Any:
        """Whose turn it is."""
        return ExpertNextStepSerializer(ball.next_step(expert, self.context["request"].user)).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_actions(self, expert: Expert) -> list[str]:
        """Moves that the reader may make now."""
        from experts.transitions import available_actions

        return [move.name for move in available_actions(expert, self.context["request"].user)]


class ExpertProfileWriteSerializer(serializers.Serializer[Any]):
    """Parts of the own profile to change; what is left out stays as it is."""

    name_ko = serializers.CharField(allow_blank=True, required=False)
    name_en = serializers.CharField(allow_blank=True, required=False)
    headline = serializers.CharField(allow_blank=True, required=False)
    bio = serializers.CharField(allow_blank=True, required=False)
    origin = serializers.ChoiceField(Expert.Origin.choices, required=False)
    region = serializers.ChoiceField(Region.choices, allow_blank=True, required=False)
    orcid = serializers.CharField(allow_blank=True, required=False)
    researcher_number = serializers.CharField(allow_blank=True, required=False)
    availability = serializers.ChoiceField(Expert.Availability.choices, required=False)
    paused_until = serializers.DateField(allow_null=True, required=False)
    monthly_cap = serializers.IntegerField(min_value=0, max_value=31, required=False)
    modes = serializers.ListField(child=serializers.ChoiceField(Mode.choices), required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=5), required=False
    )
    languages = serializers.ListField(
        child=serializers.ChoiceField(Language.choices), required=False
    )
    public_sections = serializers.ListField(
        child=serializers.ChoiceField(Section.choices), required=False
    )
    keywords = serializers.ListField(child=serializers.CharField(), required=False)
    field_codes: Any = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Axis → codes of leaves, first choice first, at most three",
    )


BASIC = frozenset(
    {"name_ko", "name_en", "headline", "bio", "origin", "region", "orcid", "researcher_number"}
)
AVAILABILITY = frozenset(
    {"availability", "paused_until", "monthly_cap", "modes", "weekdays", "languages"}
)


class ExpertReasonSerializer(serializers.Serializer[Any]):
    """Why, in a sentence."""

    reason = serializers.CharField(allow_blank=True, required=False, default="")


class ExpertNoteSerializer(serializers.Serializer[Any]):
    """What should be added or corrected."""

    note = serializers.CharField(allow_blank=True)


class ExpertApproveSerializer(serializers.Serializer[Any]):
    """Until when; the usual term when left out."""

    expires_on = serializers.DateField(allow_null=True, required=False, default=None)


class ExpertVerifySerializer(serializers.Serializer[Any]):
    """``seen`` is ``updated_at`` of the line that was read; a changed one answers 409."""

    until = serializers.DateField(allow_null=True, required=False, default=None)
    seen = serializers.DateTimeField(allow_null=True, required=False, default=None)


class ExpertRejectSerializer(serializers.Serializer[Any]):
    """The reason goes to the person."""

    reason = serializers.CharField(allow_blank=True)
    seen = serializers.DateTimeField(allow_null=True, required=False, default=None)


class ExpertSeenSerializer(serializers.Serializer[Any]):
    """``updated_at`` of the line that was read."""

    seen = serializers.DateTimeField(allow_null=True, required=False, default=None)


class ExpertQueueRowSerializer(serializers.ModelSerializer[Expert]):
    """One line of the review queue."""

    lines = serializers.IntegerField()
    open_lines = serializers.IntegerField()

    class Meta:
        model = Expert
        fields = (
            "public_id", "name_ko", "name_en", "state", "state_since", "lines", "open_lines",
        )  # fmt: skip


BOX_CHOICES = list(BOXES)
AXIS_CHOICES = [str(axis) for axis in Axis.values]
