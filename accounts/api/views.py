"""The API of accounts: the same services and selectors as the pages."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import GenericAPIView, RetrieveUpdateAPIView
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api import serializers
from accounts.models import Invitation, Organisation, Role, RoleGrant, User
from accounts.permissions import acting
from accounts.selectors import invitations, people
from audit.models import AccessLog
from audit.services import record_access
from common.access import has_role

Administrators = has_role(Role.ADMINISTRATOR)
Readers = has_role(Role.ADMINISTRATOR, Role.AUDITOR)


class ReadOrAdministerMixin:
    """Administrators and auditors read, administrators change."""

    action: str

    def get_permissions(self) -> list[BasePermission]:
        """Reading is wider than changing."""
        reads = self.action in ("list", "retrieve", "metadata", None)
        return [Readers() if reads else Administrators()]


class TokenView(GenericAPIView[Any]):
    """Exchange e-mail and password for the API token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = serializers.TokenRequestSerializer

    @extend_schema(responses={200: serializers.TokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Repeated failures lock the sign-in for a while (429), here as on the page."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response({"token": services.token_of(form.validated_data["user"].pk)})


class MeView(RetrieveUpdateAPIView[User]):
    """The person who asks; name, language and mail notices can be changed."""

    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.MeSerializer
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> User:
        """Nobody but the person who asks."""
        return User.objects.select_related("department__root").get(pk=acting(self.request).pk)

    def perform_update(self, serializer: Any) -> None:
        """Through the service, so that it goes on record."""
        serializer.instance = services.update_own_details(
            acting(self.request).pk, **serializer.validated_data
        )


class OrganisationFilter(django_filters.FilterSet):
    """By kind, parent, use and part of the name."""

    q = django_filters.CharFilter("name_ko", "icontains", max_length=100)

    class Meta:
        model = Organisation
        fields = ("kind", "parent", "is_active")


class OrganisationViewSet(viewsets.ReadOnlyModelViewSet[Organisation]):
    """기관 and 부서."""

    queryset = Organisation.objects.select_related("root").order_by("pk")
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.OrganisationSerializer
    filterset_class = OrganisationFilter


class PersonFilter(django_filters.FilterSet):
    """By words of name and address, role held today, 기관 or 부서, and state."""

    q = django_filters.CharFilter(method="found", max_length=100)
    role = django_filters.ChoiceFilter(choices=Role.choices, method="found")
    organisation = django_filters.ModelChoiceFilter(
        queryset=Organisation.objects.all(), method="found"
    )

    class Meta:
        model = User
        fields = ("is_active",)

    def found(self, rows: QuerySet[User], name: str, value: Any) -> QuerySet[User]:
        """One of the selector's own filters."""
        key = {"q": "query", "role": "role", "organisation": "organisation_id"}[name]
        wanted = people(**{key: getattr(value, "pk", value)})
        return rows.filter(pk__in=wanted.order_by().values("pk"))


@extend_schema_view(
    grant=extend_schema(request=serializers.GrantRequestSerializer),
    move=extend_schema(request=serializers.MoveSerializer),
    deactivate=extend_schema(request=serializers.ReasonSerializer),
    reactivate=extend_schema(request=serializers.ReasonSerializer),
)
class PersonViewSet(ReadOrAdministerMixin, viewsets.ReadOnlyModelViewSet[User]):
    """People, their roles and departments."""

    queryset = User.objects.select_related("department__root").prefetch_related("role_grants")
    serializer_class = serializers.PersonSerializer
    filterset_class = PersonFilter

    def get_queryset(self) -> QuerySet[User]:
        """Everyone, in the order of the page."""
        return self.queryset.order_by("-is_active", "name_ko", "pk")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A list of people is an access to personal data."""
        answer = super().list(request, *args, **kwargs)
        rows = len(answer.data["results"])
        record_access(request, User, AccessLog.Action.VIEW, rows=rows)
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One person; the access goes on record."""
        person = self.get_object()
        record_access(request, person)
        return Response(self.get_serializer(person).data)

    def _facts(self, form: type) -> dict[str, Any]:
        self.get_object()
        serializer = form(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def _person(self, pk: str | None) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk or 0)).data)

    @action(detail=True, methods=["post"])
    def grant(self, request: Request, pk: str | None = None) -> Response:
        """Give a role."""
        facts = self._facts(serializers.GrantRequestSerializer)
        services.grant_role(int(pk or 0), by=acting(request), **facts)
        return self._person(pk)

    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str | None = None) -> Response:
        """Change the department; roles bound to the old one end."""
        facts = self._facts(serializers.MoveSerializer)
        services.change_department(int(pk or 0), by=acting(request), **facts)
        return self._person(pk)

    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str | None = None) -> Response:
        """Close the account at once."""
        facts = self._facts(serializers.ReasonSerializer)
        services.deactivate(int(pk or 0), by=acting(request), **facts)
        return self._person(pk)

    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, pk: str | None = None) -> Response:
        """Open a closed account again, without roles."""
        facts = self._facts(serializers.ReasonSerializer)
        services.reactivate(int(pk or 0), by=acting(request), **facts)
        return self._person(pk)


class GrantViewSet(viewsets.GenericViewSet[RoleGrant]):
    """Roles that people hold."""

    queryset = RoleGrant.objects.select_related("scope")
    permission_classes = (Administrators,)
    serializer_class = serializers.GrantSerializer

    @extend_schema(request=serializers.ReasonSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str | None = None) -> Response:
        """Take the role back at once."""
        grant = self.get_object()
        form = serializers.ReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        ended = services.revoke_role(grant.pk, by=acting(request), **form.validated_data)
        return Response(self.get_serializer(ended).data)


class InvitationFilter(django_filters.FilterSet):
    """By state."""

    state = django_filters.ChoiceFilter(
        choices=[(state, state) for state in ("open", "expired", "accepted", "revoked")],
        method="in_state",
    )

    class Meta:
        model = Invitation
        fields = ("role",)

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Open, expired, accepted or revoked."""
        return rows.filter(pk__in=invitations(value).values("pk"))


class InvitationViewSet(
    ReadOrAdministerMixin,
    mixins.CreateModelMixin,
    viewsets.ReadOnlyModelViewSet[Invitation],
):
    """Invitations; the link itself is only in the mail."""

    queryset = Invitation.objects.select_related("department__root").order_by("-created_at", "-pk")
    serializer_class = serializers.InvitationSerializer
    filterset_class = InvitationFilter

    def perform_create(self, serializer: Any) -> None:
        """Through the service, which sends the mail."""
        serializer.instance = services.invite(by=acting(self.request), **serializer.validated_data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str | None = None) -> Response:
        """Send it again with a new link."""
        row = services.resend_invitation(self.get_object().pk, by=acting(request))
        return Response(self.get_serializer(row).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str | None = None) -> Response:
        """The link stops working."""
        row = services.revoke_invitation(self.get_object().pk, by=acting(request))
        return Response(self.get_serializer(row).data, status=status.HTTP_200_OK)
