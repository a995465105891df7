"""What people do with requests beside moving them: write, correct, assign, talk, throw away.

Raises as the moves do: ``Request.DoesNotExist``, ``Conflict``, ``NotPermitted``, ``MissingFacts``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from attachments import services as attachments
from attachments.selectors import files_of
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting import events, facts, notices, permissions, signals, writing
from consulting.loading import load_request
from consulting.models import Message, Request, RequestKind
from consulting.suggestions import suggest_fields

__all__ = [
    "assign",
    "create_draft",
    "discard_draft",
    "load_request",
    "locked",
    "revise",
    "save_draft",
    "suggest_fields",
    "write_message",
]


@contextmanager
def locked(
    request_id: int, by: Any, allowed: Callable[[Any, Any], bool], states: frozenset[str]
) -> Iterator[Request]:
    """Lock one request and check state and right; what the body sets is saved."""
    with transaction.atomic():
        request = Request.objects.select_for_update(of=("self",)).get(pk=request_id)
        if request.state not in states:
            text = _("지금 상태(%(state)s)에서는 할 수 없는 작업입니다. 화면을 새로 고쳐 주십시오.")
            raise Conflict(text % {"state": request.get_state_display()}, state=request.state)
        if not allowed(by, request):
            raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
        yield request
        if request.pk:
            request.save()


def create_draft(
    by: Any, kind: RequestKind, key: str = "", values: Mapping[str, Any] | None = None
) -> tuple[Request, bool]:
    """A new draft of the person's department, and whether it is new.

    ``key`` belongs to one click or one API call: the same key by the same person gives the
    request that the first one made.
    """
    if not permissions.may_file(by):
        raise NotPermitted(_("요청은 부서 담당자가 낼 수 있습니다."))
    facts_given = writing.checked(values or {})
    try:
        with transaction.atomic():
            request = Request.objects.create(
                kind=kind,
                requester=by,
                department=by.department,
                experts_wanted=kind.usual_experts,
                creation_key=key[:64] or None,
            )
            writing.write(request, facts_given)
            request.version = 1
            request.save()
            events.created(request, by)
    except IntegrityError:
        return Request.objects.get(requester=by, creation_key=key[:64]), False
    return request, True


def save_draft(
    request_id: int,
    by: Any,
    values: Mapping[str, Any],
    *,
    typed: Mapping[str, Any] | None = None,
    page: str = "",
    step: str = "",
    base: str | None = None,
    names: Iterable[str] = (),
) -> Request:
    """Store what was written so far.

    ``values`` are good values, ``typed`` the text of fields that could not be read: it is kept
    as typed and shown again. ``base`` is the fingerprint of the ``names`` of ``step`` when the
    page was opened; when somebody else has changed one since, ``Conflict`` is raised and nothing
    is stored.
    ``page`` names the open page, which may save again and again without meeting itself.
    """
    with locked(request_id, by, permissions.department, permissions.EDITABLE) as request:
        if base is not None and request.last_pages.get(step) != page:
            _unchanged(request, names, base)
        writing.write(request, writing.checked(values))
        kept = {name: text for name, text in request.unfinished.items() if name not in values}
        request.unfinished = {**kept, **(typed or {})}
        if page:
            request.last_pages = {**request.last_pages, step: page}
    return request


def _unchanged(request: Request, names: Iterable[str], base: str) -> None:
    if writing.fingerprint(request, names) != base:
        text = _("다른 화면에서 이 요청이 먼저 바뀌었습니다. 두 글을 견주어 보고 저장해 주십시오.")
        raise Conflict(text, state=request.state)


def discard_draft(request_id: int, by: Any) -> None:
    """Throw a draft away. What was once submitted is withdrawn instead and stays on record."""
    draft = frozenset({str(Request.State.DRAFT)})
    with locked(request_id, by, permissions.department, draft) as request:
        events.discarded(request, by)
        for row in files_of(request):
            attachments.remove(row.pk, by)
        request.delete()


def revise(
    request_id: int, by: Any, values: Mapping[str, Any], reason: str, version: int | None = None
) -> Request:
    """Staff correct the text after submission, with a reason; a shortlist becomes old by it.

    ``version`` is the one that the person read: another one in the database is a ``Conflict``.
    """
    with locked(request_id, by, permissions.desk, permissions.REVISABLE) as request:
        text = facts.needed_text("reason", reason)
        if version is not None and version != request.version:
            raise Conflict(_("그 사이 내용이 바뀌었습니다. 새 내용을 보고 다시 고쳐 주십시오."))
        changed = writing.write(request, writing.checked(values))
        if not changed:
            raise MissingFacts({"__all__": _("고친 내용이 없습니다.")})
        events.revised(request, by, changed, text)
        signals.publish(signals.request_changed, request.pk)
    return request


def assign(request_id: int, manager: Any, by: Any) -> Request:
    """Name the case manager. Raises ``Conflict`` when it is that person already."""
    with locked(request_id, by, permissions.may_assign, permissions.ASSIGNABLE) as request:
        if not permissions.is_manager(manager):
            raise MissingFacts({"manager": _("사례 관리자만 담당자가 될 수 있습니다.")})
        if request.manager_id == manager.pk:
            raise Conflict(_("이미 이 요청의 담당자입니다."), state=request.state)
        request.manager = manager
        events.assigned(request, by)
        if manager.pk != by.pk:
            notices.assigned(request)
    return request


def write_message(request_id: int, by: Any, body: str) -> Message:
    """Leave a message without moving the request. The same text twice in a row is refused."""
    with locked(request_id, by, permissions.may_write, permissions.TALKABLE) as request:
        text = facts.needed_text("body", body)
        last = request.messages.order_by("-at", "-id").first()
        if last and last.author_id == by.pk and last.body == text:
            raise Conflict(_("같은 글이 이미 올라와 있습니다."), state=request.state)
        kind = Message.Kind.NOTE
        message = Message.objects.create(request=request, kind=kind, author=by, body=text)
        events.message_added(request, by, message.pk)
        notices.message(request, by, to_desk=not permissions.is_manager(by))
    return message
