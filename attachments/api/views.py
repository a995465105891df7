"""Files through the API; rights follow the object they belong to."""

from typing import Any

from django.apps import apps
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from attachments import rights, selectors, services
from attachments.downloads import download_response
from attachments.models import Attachment

LARGEST_ID = 2**63 - 1


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file without its content."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Attachment
        fields = ("id", "name", "media_type", "size", "sha256", "uploaded_at")
        read_only_fields = fields


class UploadSerializer(serializers.Serializer[Any]):
    """A file for an object: ``owner_type`` such as ``consulting.request`` and its id."""

    owner_type = serializers.CharField(max_length=100)
    owner_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    file = serializers.FileField(use_url=False)

    def owner(self) -> Any:
        """The object. Raises ``Http404`` where files have no place."""
        name = self.validated_data["owner_type"].lower()
        if name not in rights.owner_models():
            raise Http404
        model: Any = apps.get_model(name)
        owner = model._default_manager.filter(pk=self.validated_data["owner_id"]).first()
        if owner is None:
            raise Http404
        return owner


ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)


@extend_schema_view(
    retrieve=extend_schema(parameters=[ID]),
    destroy=extend_schema(parameters=[ID]),
    download=extend_schema(parameters=[ID]),
)
class AttachmentViewSet(viewsets.GenericViewSet[Attachment]):
    """Files: upload, look up, download, remove."""

    queryset = Attachment.objects.none()
    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser,)
    serializer_class = AttachmentSerializer
    lookup_field = "id"
    lookup_value_regex = "[0-9a-f-]{36}"

    def _find(self, key: str, *, to_change: bool = False) -> Attachment:
        try:
            return selectors.find(_uuid(key), self.request.user, to_change=to_change)
        except Attachment.DoesNotExist:
            raise Http404 from None

    @extend_schema(request=UploadSerializer, responses={201: AttachmentSerializer})
    def create(self, request: Request) -> Response:
        """Upload a file; a refusal names its reason."""
        form = UploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        owner = form.owner()
        if not rights.of(owner).may_read(request.user, owner):
            raise Http404
        row = services.attach_as(owner, form.validated_data["file"], request.user)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, id: str) -> Response:
        """Facts of a file."""
        return Response(self.get_serializer(self._find(id)).data)

    def destroy(self, request: Request, id: str) -> Response:
        """Remove a file."""
        services.remove_as(self._find(id, to_change=True), request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True)
    def download(self, request: Request, id: str) -> FileResponse:
        """The file itself."""
        return download_response(request._request, self._find(id))


def _uuid(key: str) -> Any:
    from uuid import UUID

    try:
        return UUID(key)
    except ValueError:
        raise Http404 from None
