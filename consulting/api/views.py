"""Requests over the API: the same selectors, services and moves as on the pages."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from accounts.models import Role
from accounts.selectors import staff_with_role
from common.errors import MissingFacts, NotPermitted
from common.parsers import JSONParser
from consulting import files, permissions, selectors, services, transitions, writing
from consulting.api import serializers as shapes
from consulting.filters import RequestFilter
from consulting.models import Request, RequestKind
from consulting.suggestions import suggest_fields

PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "Problem details (RFC 9457).")
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key by the same person never makes two requests (at most 64 characters).",
)


@extend_schema(tags=["requests"])
class KindViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """The kinds of help that can be asked for."""

    queryset = RequestKind.objects.filter(is_active=True)
    serializer_class = shapes.RequestKindSerializer
    lookup_field = "code"
    lookup_value_regex = "[a-zA-Z0-9_-]+"


def _move(serializer: Any = None, **words: Any) -> Any:
    """Annotations of a move: what it takes, the request it gives back, its refusals."""
    answers = {200: shapes.RequestSerializer, 400: PROBLEM, 403: PROBLEM, 409: PROBLEM}
    return extend_schema(request=serializer, responses=answers, tags=["requests"], **words)


@extend_schema_view(list=extend_schema(summary="Requests that the caller may see"))
@extend_schema(tags=["requests"])
class RequestViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """Requests of departments. What the caller may not see does not exist (404)."""

    queryset = Request.objects.none()
    serializer_class = shapes.RequestLineSerializer
    filterset_class = RequestFilter
    lookup_field = "ref"
    lookup_value_regex = r"\d{2}-\d{4,6}|D\d{1,18}"

    def get_queryset(self) -> Any:
        return Request.objects.visible_to(self.request.user).for_lists()

    def _find(self, ref: str) -> Request:
        record = selectors.request_page(self.request.user, ref).first()
        if record is None:
            raise Http404
        return record

    def _show(self, record: Request, code: int = status.HTTP_200_OK) -> Response:
        fresh = self._find(record.ref)
        body = shapes.RequestSerializer(fresh, context=self.get_serializer_context())
        return Response(body.data, status=code)

    def _given(self, serializer: Any) -> Any:
        given = serializer(data=self.request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return given

    @extend_schema(responses={200: shapes.RequestSerializer, 404: PROBLEM})
    def retrieve(self, request: ApiRequest, ref: str) -> Response:
        """One request with what the caller may do with it."""
        return self._show(self._find(ref))

    @extend_schema(
        request=shapes.RequestCreateSerializer,
        responses={201: shapes.RequestSerializer, 200: shapes.RequestSerializer, 400: PROBLEM},
        parameters=[KEY],
    )
    def create(self, request: ApiRequest) -> Response:
        """Begin a draft. The answer is 200 where the idempotency key was used before."""
        given = self._given(shapes.RequestCreateSerializer)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 64:
            raise MissingFacts({"Idempotency-Key": _("64자까지 쓸 수 있습니다.")})
        kind = given.validated_data["kind"]
        record, is_new = services.create_draft(request.user, kind, key, given.values())
        return self._show(record, 201 if is_new else 200)

    @extend_schema(
        request=shapes.RequestPatchSerializer,
        responses={200: shapes.RequestSerializer, 400: PROBLEM, 403: PROBLEM, 409: PROBLEM},
    )
    def partial_update(self, request: ApiRequest, ref: str) -> Response:
        """Change a draft or a returned request; the fields that are sent."""
        record = self._find(ref)
        given = self._given(shapes.RequestPatchSerializer)
        revision = given.validated_data.get("revision")
        services.save_draft(
            record.pk, request.user, given.values(), base=revision, names=writing.WRITABLE
        )
        return self._show(record)

    @extend_schema(responses={204: None, 403: PROBLEM, 409: PROBLEM})
    def destroy(self, request: ApiRequest, ref: str) -> Response:
        """Throw a draft away; what was submitted is withdrawn instead."""
        services.discard_draft(self._find(ref).pk, request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @_move()
    @action(detail=True, methods=["post"])
    def submit(self, request: ApiRequest, ref: str) -> Response:
        """Hand a draft in; it gets its number."""
        return self._show(transitions.submit(self._find(ref).pk, request.user))

    @_move(shapes.RequestAnswerSerializer)
    @action(detail=True, methods=["post"])
    def resubmit(self, request: ApiRequest, ref: str) -> Response:
        """Answer the question and hand the request in again."""
        facts = self._given(shapes.RequestAnswerSerializer).validated_data
        return self._show(transitions.resubmit(self._find(ref).pk, request.user, **facts))

    @_move()
    @action(detail=True, methods=["post"])
    def accept(self, request: ApiRequest, ref: str) -> Response:
        """Staff: take the request on."""
        return self._show(transitions.accept(self._find(ref).pk, request.user))

    @_move(shapes.RequestQuestionSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def return_with_question(self, request: ApiRequest, ref: str) -> Response:
        """Staff: send the request back with a question."""
        facts = self._given(shapes.RequestQuestionSerializer).validated_data
        pk = self._find(ref).pk
        return self._show(transitions.return_with_question(pk, request.user, **facts))

    @_move(shapes.RequestReasonSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: ApiRequest, ref: str) -> Response:
        """Staff: turn the request down."""
        facts = self._given(shapes.RequestReasonSerializer).validated_data
        return self._show(transitions.reject(self._find(ref).pk, request.user, **facts))

    @_move(shapes.RequestReasonSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: ApiRequest, ref: str) -> Response:
        """Department: take the request back, at any time before the decision."""
        facts = self._given(shapes.RequestReasonSerializer).validated_data
        return self._show(transitions.withdraw(self._find(ref).pk, request.user, **facts))

    @_move(shapes.RequestAssignSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: ApiRequest, ref: str) -> Response:
        """Staff: name the case manager."""
        record = self._find(ref)
        wanted = self._given(shapes.RequestAssignSerializer).validated_data["manager"]
        person = staff_with_role(Role.MANAGER).filter(pk=wanted).first()
        return self._show(services.assign(record.pk, person, request.user))

    @extend_schema(methods=["GET"], responses=shapes.RequestMessageSerializer(many=True))
    @extend_schema(
        methods=["POST"],
        request=shapes.RequestMessageSerializer,
        responses={201: shapes.RequestMessageSerializer, 400: PROBLEM, 409: PROBLEM},
    )
    @action(detail=True, methods=["get", "post"], filterset_class=None, pagination_class=None)
    def messages(self, request: ApiRequest, ref: str) -> Response:
        """The conversation, the oldest first; or a new message."""
        record = self._find(ref)
        if request.method == "GET":
            return Response(shapes.RequestMessageSerializer(record.messages.all(), many=True).data)
        body = self._given(shapes.RequestMessageSerializer).validated_data.get("body", "")
        message = services.write_message(record.pk, request.user, body)
        return Response(
            shapes.RequestMessageSerializer(message).data, status=status.HTTP_201_CREATED
        )

    @extend_schema(methods=["GET"], responses=shapes.RequestFileSerializer(many=True))
    @extend_schema(
        methods=["POST"],
        request={"multipart/form-data": shapes.RequestFileUploadSerializer},
        responses={201: shapes.RequestFileSerializer(many=True), 400: PROBLEM, 409: PROBLEM},
    )
    @action(
        detail=True,
        methods=["get", "post"],
        filterset_class=None,
        pagination_class=None,
        parser_classes=[MultiPartParser, JSONParser],
    )
    def files(self, request: ApiRequest, ref: str) -> Response:
        """The files of the request; or one more."""
        record = self._find(ref)
        code: int = status.HTTP_200_OK
        if request.method == "POST":
            if not permissions.department(request.user, record):
                raise NotPermitted
            uploaded = self._given(shapes.RequestFileUploadSerializer).validated_data["file"]
            files.attach(record.pk, uploaded, request.user)
            code = status.HTTP_201_CREATED
        return Response(shapes.RequestFileSerializer(files.of(record), many=True).data, status=code)

    @extend_schema(responses={204: None, 403: PROBLEM, 404: PROBLEM, 409: PROBLEM})
    @action(
        detail=True,
        methods=["delete"],
        url_path=r"files/(?P<file_id>[0-9a-f-]{36})",
        filterset_class=None,
        pagination_class=None,
    )
    def remove_file(self, request: ApiRequest, ref: str, file_id: str) -> Response:
        """Take a file away."""
        if not files.remove(self._find(ref).pk, file_id, request.user):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=shapes.SuggestionTextSerializer,
        responses=shapes.FieldSuggestionSerializer(many=True),
    )
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def suggestions(self, request: ApiRequest) -> Response:
        """Fields of the taxonomy that a text names; nothing is stored."""
        text = self._given(shapes.SuggestionTextSerializer).validated_data.get("text", "")
        return Response(shapes.FieldSuggestionSerializer(suggest_fields(text), many=True).data)
