"""Reads that join people, roles, organisations and consents."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ConsentDocument, ConsentRecord, Invitation, Role, RoleGrant, User


def staff_with_role(role: str) -> QuerySet[User]:
    """Active people who hold the role today, by name."""
    holders = RoleGrant.objects.in_force().filter(role=role).values("user_id")
    return User.objects.filter(is_active=True, pk__in=holders).order_by("name_ko", "pk")


def people(query: str = "", role: str = "", organisation_id: int | None = None) -> QuerySet[User]:
    """People by name or address, role held today and 기관; closed accounts come last."""
    found = User.objects.select_related("department__root").prefetch_related("role_grants__scope")
    for word in query.split():
        found = found.filter(
            Q(name_ko__icontains=word) | Q(name_en__icontains=word) | Q(email__icontains=word)
        )
    if role in Role.values:
        holders = RoleGrant.objects.in_force().filter(role=role)
        found = found.filter(pk__in=holders.values("user_id"))
    if organisation_id:
        here = Q(department_id=organisation_id) | Q(department__root_id=organisation_id)
        found = found.filter(here)
    return found.order_by("-is_active", "name_ko", "pk")


def history(person: User) -> QuerySet[RoleGrant]:
    """Every role the person ever had, the standing ones first."""
    grants = person.role_grants.select_related("scope__root", "granted_by", "ended_by")
    return grants.order_by("-ended_at", "-starts_on", "-pk")


def invitations(state: str = "") -> QuerySet[Invitation]:
    """Invitations, newest first; ``state`` is one of those of ``Invitation.state``."""
    rows = Invitation.objects.select_related("department__root", "invited_by", "accepted_by")
    now = timezone.now()
    open_rows = Q(accepted_at=None, revoked_at=None)
    which = {
        "open": open_rows & Q(expires_at__gt=now),
        "expired": open_rows & Q(expires_at__lte=now),
        "accepted": Q(accepted_at__isnull=False),
        "revoked": Q(revoked_at__isnull=False),
    }
    return rows.filter(which[state]) if state in which else rows


def current_documents(kinds: Iterable[str] | None = None) -> list[ConsentDocument]:
    """The version in force today of each kind, required ones first."""
    rows = ConsentDocument.objects.filter(effective_on__lte=timezone.localdate())
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    newest: dict[str, ConsentDocument] = {}
    for document in rows.order_by("version"):
        newest[document.kind] = document
    return sorted(newest.values(), key=lambda d: (not d.required, _ORDER.index(d.kind)))


_ORDER = list(ConsentDocument.Kind.values)

#: what experts are asked beyond what everybody is asked
OF_EXPERTS = (
    ConsentDocument.Kind.COLLECTION,
    ConsentDocument.Kind.PUBLIC_PROFILE,
    ConsentDocument.Kind.DEPARTMENT_SHARING,
)
OF_EVERYBODY = (ConsentDocument.Kind.COLLECTION,)


def kinds_asked_of(roles: Iterable[str]) -> tuple[str, ...]:
    """The kinds of consent that people with these roles are asked for."""
    return OF_EXPERTS if Role.EXPERT in set(roles) else OF_EVERYBODY


def agreed_kinds(user: Any) -> set[str]:
    """Kinds of which the person's last answer is yes and has not been withdrawn."""
    if user is None or not user.pk:
        return set()
    answers = ConsentRecord.objects.filter(person_id=user.pk).order_by("at", "id")
    rows = answers.values_list("document__kind", "agreed", "withdrawn_at")
    last = {kind: agreed and withdrawn is None for kind, agreed, withdrawn in rows}
    return {kind for kind, in_force in last.items() if in_force}


def consent_state(user: User, kinds: Iterable[str]) -> list[dict[str, Any]]:
    """Each current document with the person's answer to its kind, for the account page.

    ``record`` is the last answer (any version), ``in_force`` whether it stands, ``outdated``
    whether the document has a newer version than the one agreed to.
    """
    agreed = agreed_kinds(user)
    records = ConsentRecord.objects.filter(person=user).select_related("document")
    last = {record.document.kind: record for record in records.order_by("at", "id")}
    return [
        {
            "document": document,
            "record": last.get(document.kind),
            "in_force": document.kind in agreed,
            "outdated": document.kind in agreed
            and last[document.kind].document.version < document.version,
        }
        for document in current_documents(kinds)
    ]
