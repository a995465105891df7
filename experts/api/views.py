"""The directory and the vocabulary through the API."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from audit.services import record_access
from common.errors import MissingFacts
from common.text import clean_line
from experts import permissions
from experts.api import serializers as shapes
from experts.models import Expert, TaxonomyNode
from experts.permissions import Level
from experts.selectors.directory import FACETS, SORTS, Search, filters_of
from experts.selectors.profile import cards, similar, view_of


def _parameter(name: str, text: str, many: bool = False, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=text, many=many, **options)


SEARCH = [
    _parameter("q", "Words that must all occur; other names of a field find the field"),
    *(_parameter(name, "Codes; several mean one of them", many=True) for name in FACETS),
    _parameter("sort", "Order of the list", enum=list(SORTS)),
]


class ExpertViewSet(viewsets.GenericViewSet[Expert]):
    """Experts as far as the reader may see them."""

    queryset = Expert.objects.none()
    permission_classes = (AllowAny,)
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-fA-F-]{36}"
    filter_backends = ()
    serializer_class = shapes.ExpertCardSerializer

    def _search(self) -> Search:
        return Search(self.request.user, filters_of(self.request.query_params))

    @extend_schema(parameters=SEARCH, responses=shapes.ExpertCardSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Search the directory."""
        search = self._search()
        results: Any = search.results()
        page: list[Expert] | None = self.paginate_queryset(results)
        return self.get_paginated_response(
            shapes.ExpertCardSerializer(cards(search, page or []), many=True).data
        )

    @extend_schema(parameters=SEARCH, responses=shapes.ExpertFacetSerializer(many=True))
    @action(detail=False, pagination_class=None)
    def facets(self, request: Request) -> Response:
        """How many people each filter value would leave."""
        return Response(shapes.ExpertFacetSerializer(self._search().facets(), many=True).data)

    def _visible(self, public_id: Any) -> Expert:
        people = Expert.objects.visible_to(self.request.user).for_listing()
        expert = people.filter(public_id=public_id).first()
        if expert is None:
            raise Http404
        return expert

    @extend_schema(
        parameters=[_parameter("purpose", "Staff: why the full record is read; it is logged")],
        responses=shapes.ExpertViewSerializer,
    )
    def retrieve(self, request: Request, public_id: Any = None) -> Response:
        """One person. Staff who name a purpose get the full record, and the access is logged."""
        expert = self._visible(public_id)
        level = permissions.level_of(request.user, expert)
        if level == Level.FULL and not permissions.is_own(request.user, expert):
            level = self._level_of_staff(request, expert)
        return Response(shapes.ExpertViewSerializer(view_of(expert, level)).data)

    def _level_of_staff(self, request: Request, expert: Expert) -> Level:
        purpose = clean_line(request.query_params.get("purpose", ""))
        if len(purpose) > 200:
            raise MissingFacts({"purpose": _("200자까지 쓸 수 있습니다.")})
        if not purpose:
            return Level.OPEN if expert.is_public else Level.CARD
        record_access(request, expert, "view", purpose)
        return Level.FULL

    @extend_schema(responses=shapes.ExpertViewSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def similar(self, request: Request, public_id: Any = None) -> Response:
        """People who share the most fields."""
        found = similar(self._visible(public_id), request.user)
        return Response(shapes.ExpertViewSerializer(found, many=True).data)


class TaxonomyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TaxonomyNode]
):
    """The vocabulary: all nodes, closed ones too."""

    queryset = TaxonomyNode.objects.select_related("parent", "replaced_by").order_by("code")
    permission_classes = (AllowAny,)
    serializer_class = shapes.NodeSerializer
    pagination_class = None
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    filterset_fields = ("axis",)
