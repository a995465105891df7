"""What several pages of the matching desk share."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.services import record_access
from consulting.models import Request
from experts.models import Expert
from matching.models import MatchCandidate, MatchRun
from matching.selectors.cards import Card, cards_of, rows_of
from matching.selectors.shortlist import current_run, request_for


def find(request: HttpRequest, ref: str) -> Request:
    """The request behind the address, or 404 where this person may not see its runs."""
    return get_object_or_404(request_for(request.user, ref))


def current_or_404(record: Request) -> MatchRun:
    """The run with the newest list."""
    run = current_run(record)
    if run is None:
        raise Http404
    return run


def find_run(request: HttpRequest, record: Request) -> MatchRun:
    """The run that ``?run=`` names, or the newest one with a list."""
    wanted = request.GET.get("run", "")
    if not wanted:
        return current_or_404(record)
    rows = MatchRun.objects.visible_to(request.user).with_list().filter(request=record)
    run: MatchRun = get_object_or_404(rows, pk=whole(wanted))
    run.request = record
    return run


def whole(text: str) -> int:
    """A small whole number in an address or a hidden field; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def find_candidate(run: MatchRun, public_id: uuid.UUID) -> MatchCandidate:
    """The row of this expert on the list, or 404."""
    candidate: MatchCandidate = get_object_or_404(rows_of(run), expert__public_id=public_id)
    return candidate


def card_of(run: MatchRun, public_id: uuid.UUID) -> Card:
    """The card of this expert on the list, or 404."""
    return cards_of(run, [find_candidate(run, public_id)])[0]


def find_expert(request: HttpRequest, public_id: Any) -> Expert:
    """The expert, or 404 where this person may not see him."""
    try:
        key = uuid.UUID(str(public_id))
    except ValueError:
        raise Http404 from None
    expert: Expert = get_object_or_404(Expert.objects.visible_to(request.user), public_id=key)
    return expert


def seen(request: HttpRequest, subject: Any, record: Request, rows: int = 1) -> None:
    """Note in the access log that staff saw a person's record, or a list of them."""
    purpose = _("추천 검토 %(ref)s") % {"ref": record.ref}
    record_access(request, subject, "view", purpose=purpose, rows=rows)


def crumbs_of(record: Request, *last: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page that asks before it does something: (text, address) pairs."""
    return [
        (_("요청 처리"), reverse("consulting:desk")),
        (record.ref, record.get_absolute_url()),
        (_("추천 결과"), shortlist_url(record)),
        *last,
    ]


def shortlist_url(record: Request) -> str:
    return reverse("matching:shortlist", args=[record.ref])
