"""The own profile through the API; the same services as the pages."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from experts import services, transitions
from experts.api import serializers as shapes
from experts.models import Claim, Expert, Relation


def _own(request: Request) -> Expert:
    people = Expert.objects.select_related("user").for_listing().prefetch_related("relations")
    return get_object_or_404(people, user=request.user)


class MyProfileViewSet(viewsets.GenericViewSet[Expert]):
    """My profile: read, begin, change, hand in, withdraw."""

    queryset = Expert.objects.none()
    permission_classes = (IsAuthenticated,)
    serializer_class = shapes.ExpertProfileSerializer
    filter_backends = ()
    pagination_class = None

    def _answer(self, code: int = 200) -> Response:
        expert = _own(self.request)
        return Response(
            shapes.ExpertProfileSerializer(expert, context={"request": self.request}).data, code
        )

    @extend_schema(responses=shapes.ExpertProfileSerializer)
    def retrieve(self, request: Request) -> Response:
        """My profile, with whose turn it is and what I may do."""
        return self._answer()

    @extend_schema(request=None, responses={201: shapes.ExpertProfileSerializer})
    def create(self, request: Request) -> Response:
        """Begin a profile. Where there is one already it is given back."""
        services.register(request.user)
        return self._answer(status.HTTP_201_CREATED)

    @extend_schema(
        request=shapes.ExpertProfileWriteSerializer, responses=shapes.ExpertProfileSerializer
    )
    def partial_update(self, request: Request) -> Response:
        """Change parts of my profile."""
        expert = _own(request)
        form = shapes.ExpertProfileWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        _change(expert, request.user, form.validated_data)
        return self._answer()

    @extend_schema(request=None, responses=shapes.ExpertProfileSerializer)
    @action(detail=False, methods=["post"])
    def submit(self, request: Request) -> Response:
        """Hand my profile in for review."""
        transitions.submit(_own(request).pk, request.user)
        return self._answer()

    @extend_schema(request=shapes.ExpertReasonSerializer, responses=shapes.ExpertProfileSerializer)
    @action(detail=False, methods=["post"])
    def withdraw(self, request: Request) -> Response:
        """Leave the register."""
        form = shapes.ExpertReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        transitions.withdraw(_own(request).pk, request.user, form.validated_data["reason"])
        return self._answer()

    @extend_schema(request=None, responses=shapes.ExpertProfileSerializer)
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request) -> Response:
        """Start again from a withdrawn profile."""
        transitions.reopen(_own(request).pk, request.user)
        return self._answer()


def _change(expert: Expert, by: Any, facts: dict[str, Any]) -> None:
    """All parts or none."""
    from django.db import transaction

    basic = {name: facts[name] for name in shapes.BASIC & facts.keys()}
    conditions = {name: facts[name] for name in shapes.AVAILABILITY & facts.keys()}
    with transaction.atomic():
        if basic:
            services.change_basic(expert.pk, by, basic)
        if conditions:
            services.change_availability(expert.pk, by, conditions)
        if "public_sections" in facts:
            services.change_sections(expert.pk, by, facts["public_sections"])
        if "field_codes" in facts or "keywords" in facts:
            codes = facts.get("field_codes", {})
            services.change_fields(expert.pk, by, codes, facts.get("keywords"))


KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key never makes two lines",
)


class MyClaimViewSet(viewsets.GenericViewSet[Claim]):
    """The lines of my profile."""

    queryset = Claim.objects.none()
    permission_classes = (IsAuthenticated,)
    serializer_class = shapes.ClaimSerializer
    filterset_fields = ("kind", "verification")
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> Any:
        """My own ones."""
        if getattr(self, "swagger_fake_view", False):
            return Claim.objects.none()
        return Claim.objects.filter(expert__user_id=self.request.user.pk or 0)

    def list(self, request: Request) -> Response:
        """My lines."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int | None = None) -> Response:
        """One of my lines."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        parameters=[KEY],
        request=shapes.ClaimWriteSerializer,
        responses={201: shapes.ClaimSerializer},
    )
    def create(self, request: Request) -> Response:
        """Add a line."""
        facts = self._facts(request)
        key = request.headers.get("Idempotency-Key", "")
        expert = _own(request)
        claim = services.add_claim(expert.pk, request.user, facts.pop("kind", ""), facts, key)
        return Response(self.get_serializer(claim).data, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ClaimWriteSerializer, responses=shapes.ClaimSerializer)
    def update(self, request: Request, pk: int | None = None) -> Response:
        """Rewrite a line; its kind stays. A verified line becomes self-declared again."""
        facts = self._facts(request)
        claim = services.change_claim(self.get_object().pk, request.user, facts)
        return Response(self.get_serializer(claim).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int | None = None) -> Response:
        """Take a line out."""
        services.remove_claim(self.get_object().pk, request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _facts(self, request: Request) -> dict[str, Any]:
        form = shapes.ClaimWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


class MyRelationViewSet(viewsets.GenericViewSet[Relation]):
    """Relations that I have declared."""

    queryset = Relation.objects.none()
    permission_classes = (IsAuthenticated,)
    serializer_class = shapes.RelationSerializer
    filter_backends = ()
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> Any:
        """My own ones."""
        if getattr(self, "swagger_fake_view", False):
            return Relation.objects.none()
        return Relation.objects.filter(expert__user_id=self.request.user.pk or 0)

    def list(self, request: Request) -> Response:
        """My declared relations."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def create(self, request: Request) -> Response:
        """Declare a relation."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        facts = form.validated_data
        relation = services.declare_relation(_own(request).pk, request.user, facts)
        return Response(self.get_serializer(relation).data, status.HTTP_201_CREATED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int | None = None) -> Response:
        """The relation has ended today."""
        relation = services.end_relation(self.get_object().pk, request.user)
        return Response(self.get_serializer(relation).data)
