"""What the pages about experts show of a line."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from content import dates
from experts.claims import KINDS, role_label
from experts.models import Claim, TaxonomyNode

register = template.Library()


@register.filter
def mark(claim: Claim) -> str:
    """The code that the verification mark takes: verified, expired, rejected, self_declared."""
    if claim.is_outdated:
        return "expired"
    return str(claim.verification) if claim.verification != "declared" else "self_declared"


@register.filter
def whereabouts(claim: Claim) -> str:
    """Organisation and role in one line: "산업공학과 · 박사"."""
    parts = [claim.organisation, role_label(claim.kind, claim.role) if claim.role else ""]
    return " · ".join(filter(None, parts))


@register.filter
def when_of(claim: Claim) -> str:
    """The period of a line; the bare day for what happens once or has no end on record."""
    if claim.starts_on and (claim.ends_on or claim.kind in _GO_ON):
        return str(dates.period(claim.starts_on, claim.ends_on))
    day = claim.starts_on or claim.ends_on
    return str(dates.short_date(day)) if day else ""


#: kinds that last until an end is written down
_GO_ON = ("affiliation", "career")


@register.filter
def post(claim: Claim | None) -> str:
    """An affiliation as people are introduced: "한빛대학교 산업공학과 부교수".

    In other scripts the smallest part leads: "Research Fellow, Data Office, Tidewater Institute".
    """
    if claim is None:
        return ""
    parts = [part for part in (claim.title, claim.organisation, claim.role) if part]
    korean = any("가" <= letter <= "힣" for letter in "".join(parts))
    return " ".join(parts) if korean else ", ".join(reversed(parts))


@register.filter
def extras(claim: Claim) -> list[tuple[Any, str]]:
    """(label, value) of number and details, in the order of the table."""
    spec = KINDS[claim.kind]
    found = []
    if claim.identifier and "identifier" in spec.columns:
        found.append((spec.columns["identifier"].label, claim.identifier))
    for name, column in spec.details.items():
        if value := claim.details.get(name):
            found.append((column.label, str(dict(column.choices).get(value, value))))
    return found


@register.filter
def directory_of(node: TaxonomyNode) -> str:
    """The directory filtered by a field."""
    return f"{reverse('experts:directory')}?{urlencode({node.axis: node.code})}"
