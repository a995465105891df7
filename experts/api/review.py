"""The review through the API; the same services as the pages."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from accounts.permissions import has_role
from audit.services import record_access
from experts import services, transitions
from experts.api import serializers as shapes
from experts.models import Claim, Expert
from experts.selectors import review as selectors

PURPOSE = "API: review"


class ReadsReviews(BasePermission):
    """Staff who work with profiles, and auditors; what each may do the moves decide."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        roles = (Role.REVIEWER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)
        return has_role(request.user, *roles)


class ReviewViewSet(viewsets.GenericViewSet[Expert]):
    """Profiles under review. Reading one is logged as access to a person's data."""

    queryset = Expert.objects.none()
    permission_classes = (IsAuthenticated, ReadsReviews)
    serializer_class = shapes.ExpertProfileSerializer
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-fA-F-]{36}"
    filter_backends = ()

    @extend_schema(
        parameters=[
            OpenApiParameter("box", str, enum=shapes.BOX_CHOICES, description="Part of the queue"),
            OpenApiParameter("q", str, description="Name or address"),
        ],
        responses=shapes.ExpertQueueRowSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """The queue, the oldest first."""
        box = request.query_params.get("box", "waiting")
        code = box if box in shapes.BOX_CHOICES else "waiting"
        words = request.query_params.get("q", "").replace("\x00", "")[:100]
        people = selectors.named(selectors.box(code, request.user), words)
        page = self.paginate_queryset(selectors.with_line_counts(people))
        return self.get_paginated_response(shapes.ExpertQueueRowSerializer(page, many=True).data)

    def _expert(self, public_id: Any) -> Expert:
        people = Expert.objects.visible_to(self.request.user).for_listing()
        expert = people.prefetch_related("relations").filter(public_id=public_id).first()
        if expert is None:
            raise Http404
        return expert

    def _answer(self, public_id: Any) -> Response:
        expert = self._expert(public_id)
        record_access(self.request, expert, "view", PURPOSE)
        return Response(self.get_serializer(expert).data)

    def _facts(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        form = shape(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def retrieve(self, request: Request, public_id: Any = None) -> Response:
        """One profile with all its lines."""
        return self._answer(public_id)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="start-review")
    def start_review(self, request: Request, public_id: Any = None) -> Response:
        """Take a profile."""
        transitions.start_review(self._expert(public_id).pk, request.user)
        return self._answer(public_id)

    @extend_schema(request=shapes.ExpertNoteSerializer)
    @action(detail=True, methods=["post"], url_path="ask-changes")
    def ask_changes(self, request: Request, public_id: Any = None) -> Response:
        """Give the profile back with what is missing."""
        expert = self._expert(public_id)
        facts = self._facts(shapes.ExpertNoteSerializer)
        transitions.ask_changes(expert.pk, request.user, facts["note"])
        return self._answer(public_id)

    @extend_schema(request=shapes.ExpertApproveSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: Any = None) -> Response:
        """Approve for a term."""
        expert = self._expert(public_id)
        facts = self._facts(shapes.ExpertApproveSerializer)
        transitions.approve(expert.pk, request.user, facts["expires_on"])
        return self._answer(public_id)

    @extend_schema(request=shapes.ExpertReasonSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, public_id: Any = None) -> Response:
        """Take an approved person out for a time."""
        expert = self._expert(public_id)
        transitions.suspend(
            expert.pk, request.user, self._facts(shapes.ExpertReasonSerializer)["reason"]
        )
        return self._answer(public_id)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, public_id: Any = None) -> Response:
        """Lift a suspension."""
        transitions.resume(self._expert(public_id).pk, request.user)
        return self._answer(public_id)

    @extend_schema(request=shapes.ExpertReasonSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: Any = None) -> Response:
        """Take a person out of the register who has asked for it."""
        expert = self._expert(public_id)
        facts = self._facts(shapes.ExpertReasonSerializer)
        transitions.withdraw(expert.pk, request.user, facts["reason"])
        return self._answer(public_id)

    def _claim(self, public_id: Any, claim_id: int) -> Claim:
        return get_object_or_404(self._expert(public_id).claims, pk=claim_id)

    @extend_schema(request=shapes.ExpertVerifySerializer, responses=shapes.ClaimSerializer)
    @action(detail=True, methods=["post"], url_path=r"claims/(?P<claim_id>\d+)/verify")
    def verify_claim(
        self, request: Request, public_id: Any = None, claim_id: str = "0"
    ) -> Response:
        """Mark a line as verified."""
        claim = self._claim(public_id, int(claim_id))
        facts = self._facts(shapes.ExpertVerifySerializer)
        claim = services.verify_claim(claim.pk, request.user, facts["until"], facts["seen"])
        return Response(shapes.ClaimSerializer(claim).data)

    @extend_schema(request=shapes.ExpertRejectSerializer, responses=shapes.ClaimSerializer)
    @action(detail=True, methods=["post"], url_path=r"claims/(?P<claim_id>\d+)/reject")
    def reject_claim(
        self, request: Request, public_id: Any = None, claim_id: str = "0"
    ) -> Response:
        """Reject a line with a reason."""
        claim = self._claim(public_id, int(claim_id))
        facts = self._facts(shapes.ExpertRejectSerializer)
        claim = services.reject_claim(claim.pk, request.user, facts["reason"], facts["seen"])
        return Response(shapes.ClaimSerializer(claim).data)

    @extend_schema(request=shapes.ExpertSeenSerializer, responses=shapes.ClaimSerializer)
    @action(detail=True, methods=["post"], url_path=r"claims/(?P<claim_id>\d+)/reset")
    def reset_claim(self, request: Request, public_id: Any, claim_id: str) -> Response:
        """Take a decision on a line back."""
        claim = self._claim(public_id, int(claim_id))
        claim = services.reset_claim(
            claim.pk, request.user, self._facts(shapes.ExpertSeenSerializer)["seen"]
        )
        return Response(shapes.ClaimSerializer(claim).data)
