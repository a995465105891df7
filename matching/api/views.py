"""The matching desk through the API: the same services and selectors as the pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from audit.services import record_access
from experts.models import Expert
from matching import eligibility, services
from matching.api import serializers as shapes
from matching.api.permissions import DeskPermission, WaiverPermission
from matching.models import Conflict, MatchCandidate, MatchRun, Waiver
from matching.selectors.shortlist import current_run
from matching.selectors.why_not import why_not

ASKED = [
    OpenApiParameter("request", str, required=True, description="Ref of the request."),
    OpenApiParameter("expert", str, required=True, description="Public id of the expert."),
]


def _checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class RunFilter(django_filters.FilterSet):
    """Runs of one request (``request=26-0142``) or in one state."""

    request = django_filters.CharFilter("request__number")

    class Meta:
        model = MatchRun
        fields = ("state",)


class RunViewSet(viewsets.ReadOnlyModelViewSet[MatchRun]):
    """Searches for experts."""

    queryset = MatchRun.objects.all()
    permission_classes = (DeskPermission,)
    serializer_class = shapes.RunSerializer
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[MatchRun]:
        return MatchRun.objects.visible_to(self.request.user).select_related("request")

    @extend_schema(request=shapes.RunCreateSerializer, responses={201: shapes.RunSerializer})
    def create(self, request: Request) -> Response:
        """Start a search; asking twice gives the one that runs."""
        facts = _checked(
            shapes.RunCreateSerializer(data=request.data, context={"request": request})
        )
        record = facts.pop("request")
        run = services.start_run(record.pk, request.user, facts)
        return Response(self.get_serializer(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Stop a search; the request goes back to *accepted*."""
        run = services.cancel_run(self.get_object().pk, request.user)
        return Response(self.get_serializer(run).data)

    @extend_schema(request=shapes.DecisionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str | None = None) -> Response:
        """Name the people marked on this list."""
        run = self.get_object()
        facts = _checked(shapes.DecisionSerializer(data=request.data))
        services.decide(
            run.request_id, request.user, facts["note"], confirmed_old=facts["confirmed"],
            run_id=run.pk,
        )  # fmt: skip
        run.refresh_from_db()
        return Response(self.get_serializer(run).data)


class CandidateFilter(django_filters.FilterSet):
    """Candidates of one run, of one request, or with one mark."""

    request = django_filters.CharFilter("run__request__number")

    class Meta:
        model = MatchCandidate
        fields = ("run", "mark", "origin")


class CandidateViewSet(viewsets.ReadOnlyModelViewSet[MatchCandidate]):
    """People on shortlists with their explanations."""

    queryset = MatchCandidate.objects.all()
    permission_classes = (DeskPermission,)
    serializer_class = shapes.CandidateSerializer
    filterset_class = CandidateFilter

    def get_queryset(self) -> QuerySet[MatchCandidate]:
        rows = MatchCandidate.objects.visible_to(self.request.user)
        return rows.select_related("run__request", "expert")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().list(request, *args, **kwargs)
        record_access(request, Expert, "view", "match-candidates", rows=len(answer.data["results"]))
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        record_access(request, row.expert, "view", f"matching {row.run.request.ref}")
        return Response(self.get_serializer(row).data)

    @extend_schema(
        request=shapes.CandidateAddSerializer, responses={201: shapes.CandidateSerializer}
    )
    def create(self, request: Request) -> Response:
        """Add a person by hand to a request's current shortlist."""
        given = shapes.CandidateAddSerializer(data=request.data, context={"request": request})
        facts = _checked(given)
        row = services.add_candidate(
            facts["request"].pk, facts["expert"].pk, facts["reason"], request.user
        )
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.CandidateMarkSerializer)
    @action(detail=True, methods=["post"])
    def mark(self, request: Request, pk: str | None = None) -> Response:
        """Choose, keep as an alternate, decline, or take the mark away."""
        row = self.get_object()
        facts = _checked(shapes.CandidateMarkSerializer(data=request.data))
        row = services.mark(
            row.run.request_id, row.pk, facts["mark"], facts["reason"], request.user
        )
        return Response(self.get_serializer(row).data)


class _AskedView(APIView):
    permission_classes = (DeskPermission,)

    def asked(self, request: Request) -> tuple[Any, Expert]:
        """The request and the expert that the query names."""
        given = shapes.AskedSerializer(data=request.query_params, context={"request": request})
        facts = _checked(given)
        record_access(request, facts["expert"], "view", f"matching {facts['request'].ref}")
        return facts["request"], facts["expert"]


class EligibilityView(_AskedView):
    """Whether one expert may be recommended for one request."""

    @extend_schema(parameters=ASKED, responses=shapes.EligibilitySerializer)
    def get(self, request: Request) -> Response:
        """Every rule that excludes the expert, with evidence."""
        record, expert = self.asked(request)
        found = eligibility.check(expert, record)
        answer = {"eligible": not found, "exclusions": found}
        return Response(shapes.EligibilitySerializer(answer).data)


class WhyNotView(_AskedView):
    """Why one expert is not on a request's shortlist."""

    @extend_schema(parameters=ASKED, responses=shapes.WhyNotSerializer)
    def get(self, request: Request) -> Response:
        """The rule that excludes the expert, or where the score falls short."""
        record, expert = self.asked(request)
        run = current_run(record)
        if run is None:
            raise Http404
        return Response(shapes.WhyNotSerializer(why_not(run, expert)).data)


class ConflictFilter(django_filters.FilterSet):
    """Conflicts of one request, organisation or expert."""

    request = django_filters.CharFilter("request__number")
    organisation = django_filters.CharFilter("organisation__code")
    expert = django_filters.UUIDFilter("expert__public_id")

    class Meta:
        model = Conflict
        fields: tuple[str, ...] = ()


class ConflictViewSet(mixins.CreateModelMixin, viewsets.ReadOnlyModelViewSet[Conflict]):
    """Conflicts of interest that staff entered."""

    queryset = Conflict.objects.all()
    permission_classes = (DeskPermission,)
    serializer_class = shapes.ConflictSerializer
    filterset_class = ConflictFilter

    def get_queryset(self) -> QuerySet[Conflict]:
        rows = Conflict.objects.visible_to(self.request.user)
        return rows.select_related("expert", "request", "organisation")

    def perform_create(self, serializer: BaseSerializer[Conflict]) -> None:
        facts = dict(serializer.validated_data)
        expert = facts.pop("expert")
        serializer.instance = services.enter_conflict(expert, self.request.user, **facts)

    @extend_schema(request=shapes.ConflictEndSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """It no longer holds; the row stays."""
        reason = _checked(shapes.ConflictEndSerializer(data=request.data))["reason"]
        row = services.end_conflict(self.get_object().pk, request.user, reason)
        return Response(self.get_serializer(row).data)


class WaiverFilter(django_filters.FilterSet):
    """Waivers of one request or expert; ``waiting=true`` gives those without an answer."""

    request = django_filters.CharFilter("request__number")
    expert = django_filters.UUIDFilter("expert__public_id")
    waiting = django_filters.BooleanFilter(method="filter_waiting")

    class Meta:
        model = Waiver
        fields = ("rule",)

    def filter_waiting(self, rows: Any, name: str, value: bool) -> Any:
        waiting = Waiver.objects.waiting().values("pk")
        return rows.filter(pk__in=waiting) if value else rows.exclude(pk__in=waiting)


class WaiverViewSet(mixins.CreateModelMixin, viewsets.ReadOnlyModelViewSet[Waiver]):
    """Rules set aside for one expert on one request."""

    queryset = Waiver.objects.all()
    permission_classes = (WaiverPermission,)
    serializer_class = shapes.WaiverSerializer
    filterset_class = WaiverFilter

    def get_queryset(self) -> QuerySet[Waiver]:
        return Waiver.objects.visible_to(self.request.user).select_related("request", "expert")

    def perform_create(self, serializer: BaseSerializer[Waiver]) -> None:
        facts = serializer.validated_data
        serializer.instance = services.ask_waiver(
            facts["request"], facts["expert"], facts["rule"], self.request.user, facts["reason"]
        )

    @extend_schema(request=shapes.WaiverAnswerSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Approve or refuse; never by the person who asked."""
        facts = _checked(shapes.WaiverAnswerSerializer(data=request.data))
        row = services.answer_waiver(
            self.get_object().pk, request.user, approve=facts["approve"], answer=facts["answer"]
        )
        return Response(self.get_serializer(row).data)
