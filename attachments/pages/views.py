"""Downloading and removing files; they are uploaded on the pages of their objects."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from attachments import selectors, services
from attachments.downloads import download_response
from attachments.models import Attachment
from common.access import sign_in_required


def _find(request: HttpRequest, public_id: UUID, *, to_change: bool = False) -> Attachment:
    try:
        return selectors.find(public_id, request.user, to_change=to_change)
    except Attachment.DoesNotExist:
        raise Http404 from None


@require_safe
@sign_in_required
def download(request: HttpRequest, public_id: UUID) -> FileResponse:
    """One file, for those who may read its object."""
    return download_response(request, _find(request, public_id))


@require_POST
@sign_in_required
def remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remove a file and go back to the page it was on."""
    row = _find(request, public_id, to_change=True)
    services.remove_as(row, request.user)
    messages.success(request, _("파일을 지웠습니다."))
    back = request.POST.get("next") or request.headers.get("Referer", "")
    known = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if back and known else "content:home")
