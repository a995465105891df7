"""The person's consents that a profile depends on."""

from typing import Any

from accounts.models import ConsentDocument, ConsentRecord

Kind = ConsentDocument.Kind

#: consent kind → column of the profile that says it is in force
COLUMN_OF_KIND = {
    str(Kind.PUBLIC_PROFILE): "is_public",
    str(Kind.DEPARTMENT_SHARING): "shares_with_departments",
}


def agreed_kinds(user: Any) -> set[str]:
    """Kinds of which the person's last answer is yes and has not been withdrawn."""
    if user is None:
        return set()
    answers = ConsentRecord.objects.filter(person=user).order_by("at", "id")
    rows = answers.values_list("document__kind", "agreed", "withdrawn_at")
    last = {kind: agreed and withdrawn is None for kind, agreed, withdrawn in rows}
    return {kind for kind, in_force in last.items() if in_force}
