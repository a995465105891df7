"""Reading what programs send: JSON of a bounded size and depth."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser as RestJSONParser


class TooLarge(APIException):
    """The body is longer than the site reads into memory (HTTP 413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("보낸 내용이 너무 큽니다.")
    default_code = "too_large"


class JSONParser(RestJSONParser):
    """JSON as large as a form may be (``DATA_UPLOAD_MAX_MEMORY_SIZE``).

    The length that the sender names is checked before anything is read; brackets nested without
    end are an error of the sender.
    """

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value sent. Raises ``ParseError`` (400) or ``TooLarge`` (413)."""
        request = (parser_context or {}).get("request")
        length = request.META.get("CONTENT_LENGTH") if request is not None else None
        if length and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("JSON이 너무 깊이 겹쳐 있습니다.")) from None
        except LookupError:
            raise ParseError(_("알 수 없는 문자 인코딩입니다.")) from None
