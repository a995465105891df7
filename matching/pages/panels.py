"""Sections that matching adds to pages of the apps below it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from consulting.extension import register_panel
from consulting.models import Request
from consulting.suggestions import register_finder, suggest_fields, text_of
from experts.extension import register_panel as register_expert_panel
from experts.models import Expert
from matching.models import DeskField
from matching.pages.runs import progress_context
from matching.permissions import may_match, may_see_runs
from matching.selectors.needs import hints, needs_of
from matching.selectors.panels import need_row
from matching.selectors.people import chosen_people, considered_for, decided_by
from matching.selectors.shortlist import current_run, latest_run

S = Request.State
Section = tuple[str, dict[str, Any]] | None


def register() -> None:
    """Called once when the site starts."""
    register_panel("matching", request_panel, order=10)
    register_panel("needs", fields_panel, order=20)
    register_expert_panel("considered", considered_panel, order=50)
    register_finder("matching", hints)


def request_panel(record: Request, user: Any, http_request: HttpRequest) -> Section:
    """The search for the desk; the named people for the department."""
    if may_see_runs(user):
        return staff_panel(record, user)
    if record.state != S.DECIDED:
        return None
    return "matching/panel_department.html", department_context(record)


def staff_panel(record: Request, user: Any) -> Section:
    """ "전문가 찾기", how far it is, or the way to the shortlist."""
    latest = latest_run(record)
    if record.state not in (S.ACCEPTED, S.MATCHING, S.SHORTLISTED, S.DECIDED) and latest is None:
        return None
    context: dict[str, Any] = progress_context(latest, user) if latest else {}
    people = department_context(record) if record.state == S.DECIDED else {}
    context |= {
        **people,
        "record": record,
        "may_match": may_match(user),
        "latest": latest,
        "list_run": current_run(record),
    }
    return "matching/panel_staff.html", context


def fields_panel(record: Request, user: Any, http_request: HttpRequest) -> Section:
    """For the desk: what the request needs, and fields that its text suggests."""
    if not may_match(user) or record.state not in (S.ACCEPTED, S.MATCHING, S.SHORTLISTED):
        return None
    named = {row.node_id for row in record.fields.all()}
    named |= set(DeskField.objects.filter(request=record).values_list("node_id", flat=True))
    context = {
        "record": record,
        "needs": [need_row(need) for need in needs_of(record)],
        "suggestions": suggest_fields(text_of(record), named, record, user),
    }
    return "matching/panel_fields.html", context


def department_context(record: Request) -> dict[str, Any]:
    """Whom the request names, and who decided."""
    return {
        "record": record,
        "people": chosen_people(record),
        "decided_by": decided_by(record),
    }


def considered_panel(expert: Expert, viewer: Any) -> Section:
    """For the expert himself: decided cases for which he was considered, by his own evidence."""
    if getattr(viewer, "pk", None) != expert.user_id:
        return None
    return "matching/panel_considered.html", {"cases": considered_for(expert)}
