"""A person's notices, the outbox for administrators, the open mailbox of a demonstration."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.models import AccessLog
from audit.services import record_access
from common.access import role_required, sign_in_required
from notifications import conf, services
from notifications.models import Notice, OutboxMessage
from notifications.selectors import mailbox

readers = role_required("administrator", "auditor")
PAGE = 30


@require_safe
@sign_in_required
def inbox(request: HttpRequest) -> HttpResponse:
    """My notices, unread ones marked."""
    notices = Notice.objects.visible_to(request.user)
    only = request.GET.get("show") == "unread"
    page = Paginator(notices.unread() if only else notices, PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "only_unread": only, "unread": notices.unread().count()}
    return render(request, "notifications/inbox.html", context)


@require_POST
@sign_in_required
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a notice: it counts as read, and the page where something waits is shown."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    services.mark_read(request.user, notice.pk)
    known = url_has_allowed_host_and_scheme(notice.path, {request.get_host()})
    return redirect(notice.path if notice.path and known else "notifications:inbox")


@require_POST
@sign_in_required
def read_all(request: HttpRequest) -> HttpResponse:
    """All my notices count as read."""
    services.mark_read(request.user)
    messages.success(request, _("모두 읽음으로 표시했습니다."))
    return redirect("notifications:inbox")


@require_safe
@readers
def outbox(request: HttpRequest) -> HttpResponse:
    """All mail with its state; the list behind "was it sent?"."""
    state = request.GET.get("state", "")
    mail = mailbox()
    if state in OutboxMessage.State.values:
        mail = mail.filter(state=state)
    page = Paginator(mail, PAGE).get_page(request.GET.get("page"))
    record_access(request, OutboxMessage, AccessLog.Action.VIEW, rows=len(page.object_list))
    context = {
        "page_obj": page,
        "state": state,
        "states": [("", _("전체")), *OutboxMessage.State.choices],
        "has_mail_server": conf.has_mail_server(),
    }
    return render(request, "notifications/outbox.html", context)


@require_safe
@readers
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail. A secret link is shown to an administrator of a site without a mail server."""
    mail = get_object_or_404(mailbox(), pk=pk)
    record_access(request, mail, purpose=_("메일 조회"))
    person: Any = request.user
    may_hand_over = not conf.has_mail_server() and person.has_role("administrator")
    context = {
        "mail": mail,
        "hidden": mail.secret and not may_hand_over,
        "may_send_again": person.has_role("administrator"),
    }
    return render(request, "notifications/message.html", context)


@require_POST
@role_required("administrator")
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A failed mail gets in line again."""
    get_object_or_404(OutboxMessage, pk=pk)
    services.send_again(pk)
    messages.success(request, _("다시 보내도록 했습니다."))
    return redirect("notifications:message", pk)


def _only_in_demo() -> None:
    if not conf.demo():
        raise Http404


@require_safe
def demo_mailbox(request: HttpRequest) -> HttpResponse:
    """Everybody's mail, readable by everybody: on a site of invented people only."""
    _only_in_demo()
    page = Paginator(mailbox(), PAGE).get_page(request.GET.get("page"))
    return render(request, "notifications/demo_mailbox.html", {"page_obj": page})


@require_safe
def demo_message(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail of the demonstration, its links clickable."""
    _only_in_demo()
    context = {"mail": get_object_or_404(mailbox(), pk=pk)}
    return render(request, "notifications/demo_message.html", context)
