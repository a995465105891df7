"""Handing a file out: never shown inside the site, always as a download."""

from django.http import FileResponse, Http404, HttpRequest

from attachments import rights
from attachments.models import Attachment
from audit.models import AccessLog
from audit.services import record_access


def download_response(request: HttpRequest, row: Attachment) -> FileResponse:
    """The file under its own name. Raises ``Http404`` when the stored file is lost."""
    subject = rights.of(row.owner).subject(row.owner)
    if subject is not None:
        record_access(request, subject, AccessLog.Action.DOWNLOAD)
    try:
        content = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(
        content, as_attachment=True, filename=row.name, content_type=row.media_type
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
