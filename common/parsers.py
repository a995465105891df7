"""Reading what programs send: JSON of a bounded size and depth, in whole characters."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser as RestJSONParser
from rest_framework.utils.json import strict_constant


class TooLarge(APIException):
    """The body is longer than the site reads into memory (HTTP 413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("보낸 내용이 너무 큽니다.")
    default_code = "too_large"


class JSONParser(RestJSONParser):
    """JSON in UTF-8, as large as a form may be (``DATA_UPLOAD_MAX_MEMORY_SIZE``).

    Brackets nested without end and halves of characters (lone surrogates, which neither the
    database nor an answer can hold) are errors of the sender.
    """

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value sent. Raises ``ParseError`` (400) or ``TooLarge`` (413)."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge
        try:
            value = json.loads(raw.decode(), parse_constant=strict_constant)
        except RecursionError:
            raise ParseError(_("JSON이 너무 깊이 겹쳐 있습니다.")) from None
        except ValueError as error:  # also bytes that are no UTF-8
            raise ParseError(_("JSON으로 읽을 수 없습니다: %(error)s") % {"error": error}) from None
        if b"\\ud" in raw.lower() and not _whole(value):
            raise ParseError(_("반쪽짜리 글자가 들어 있습니다. 글을 다시 붙여 넣어 주십시오."))
        return value


def _whole(value: Any) -> bool:
    """Whether every text in the value can be written as UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
