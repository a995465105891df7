"""Shapes of people, organisations, roles and invitations in the API."""

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Invitation, Organisation, Role, RoleGrant, User
from accounts.selectors import agreed_kinds
from accounts.sign_in import WRONG
from common.text import clean_line


class LineField(serializers.CharField):
    """One line of text, cleaned of what nobody can see."""

    def to_internal_value(self, data: Any) -> str:
        return clean_line(super().to_internal_value(data))


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    """A node of the tree; ``label`` is 기관 > 부서 in the reader's language."""

    label = serializers.CharField(  # type: ignore[assignment]
        source="__str__", read_only=True
    )

    class Meta:
        model = Organisation
        fields = (
            "id", "code", "kind", "name_ko", "name_en", "label", "parent", "root", "is_active",
        )  # fmt: skip
        read_only_fields = fields


class GrantSerializer(serializers.ModelSerializer[RoleGrant]):
    """A role with scope and period."""

    in_force = serializers.BooleanField(source="is_in_force", read_only=True)

    class Meta:
        model = RoleGrant
        fields = (
            "id", "role", "scope", "starts_on", "ends_on", "reason", "in_force", "ended_at",
            "end_reason",
        )  # fmt: skip
        read_only_fields = ("id", "in_force", "ended_at", "end_reason")


class PersonSerializer(serializers.ModelSerializer[User]):
    """A person as administrators and auditors see them."""

    department = OrganisationSerializer(read_only=True)
    grants = GrantSerializer(source="role_grants", many=True, read_only=True)

    class Meta:
        model = User
        fields = (
            "id", "email", "name_ko", "name_en", "language", "department", "is_active",
            "date_joined", "last_login", "deactivated_at", "grants",
        )  # fmt: skip
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer[User]):
    """The person who asks."""

    department = OrganisationSerializer(read_only=True)
    roles = serializers.SerializerMethodField()
    consents = serializers.SerializerMethodField()
    name_ko = LineField(max_length=60)
    name_en = LineField(max_length=80, required=False, allow_blank=True)

    class Meta:
        model = User
        fields = (
            "id", "email", "name_ko", "name_en", "language", "mail_notices", "department", "roles",
            "consents",
        )  # fmt: skip
        read_only_fields = ("id", "email", "department", "roles", "consents")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Role.choices)))
    def get_roles(self, person: User) -> list[str]:
        """Roles in force today."""
        return sorted(person.roles())

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_consents(self, person: User) -> list[str]:
        """Kinds of consent that stand."""
        return sorted(agreed_kinds(person))


class TokenRequestSerializer(serializers.Serializer[Any]):
    """E-mail and password for a token."""

    email = serializers.EmailField(write_only=True)
    password = serializers.CharField(
        write_only=True, trim_whitespace=False, style={"input_type": "password"}
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Sign in; every failure reads the same and counts towards the lock."""
        request = self.context["request"]._request
        address = clean_line(attrs["email"]).lower()
        user = authenticate(request, username=address, password=attrs["password"])
        if user is None:
            raise serializers.ValidationError(str(WRONG))
        return {"user": user}


class TokenSerializer(serializers.Serializer[Any]):
    """The token to send as ``Authorization: Token …``."""

    token = serializers.CharField(read_only=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """A reason that goes on record."""

    reason = LineField(max_length=200)


class MoveSerializer(ReasonSerializer):
    """A new department."""

    department = serializers.PrimaryKeyRelatedField(queryset=Organisation.objects.in_use())


class GrantRequestSerializer(serializers.Serializer[Any]):
    """A role to give."""

    role = serializers.ChoiceField(Role.choices)
    scope = serializers.PrimaryKeyRelatedField(
        queryset=Organisation.objects.in_use(), required=False, allow_null=True
    )
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    reason = LineField(max_length=200)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation; its secret link is only in the mail."""

    state = serializers.ChoiceField(["open", "expired", "accepted", "revoked"], read_only=True)
    email = serializers.EmailField()
    name_ko = LineField(max_length=60, required=False, allow_blank=True)

    class Meta:
        model = Invitation
        fields = (
            "id", "email", "name_ko", "role", "department", "language", "state", "created_at",
            "expires_at", "accepted_at", "revoked_at",
        )  # fmt: skip
        read_only_fields = ("id", "state", "created_at", "expires_at", "accepted_at", "revoked_at")
        validators: list[Any] = []  # what is taken already, the service says in words
