"""The person's consents that a profile depends on."""

from typing import Any

from accounts import selectors
from accounts.models import ConsentDocument

Kind = ConsentDocument.Kind

#: consent kind → column of the profile that says it is in force
COLUMN_OF_KIND = {
    str(Kind.PUBLIC_PROFILE): "is_public",
    str(Kind.DEPARTMENT_SHARING): "shares_with_departments",
}


def agreed_kinds(user: Any) -> set[str]:
    """Kinds of consent that the person has given and not taken back."""
    return set(map(str, selectors.agreed_kinds(user))) if user is not None else set()
