"""Organisations and the people who can sign in."""

from collections.abc import Iterable
from dataclasses import replace

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import ConsentDocument, Organisation, Role, User
from accounts.selectors import current_documents
from accounts.services import grant_role, load_organisations, record_consents
from demo.naming import Name, Namer
from demo.reading import document, table
from demo.signins import PASSWORD, email_of, officer_address
from experts.models import ExpertPool
from experts.services import ExpertRecord

POOLS = (
    ("platform", "서울AI플랫폼 전문가", "Seoul AI Platform experts"),
    ("overseas", "해외 자문단", "Overseas advisers"),
    ("lecturers", "강사단", "Lecturers"),
    ("judges", "심사위원 후보", "Jury members"),
)


def load_places() -> int:
    """Organisations, departments and pools; returns how many organisations there are."""
    for code, name_ko, name_en in POOLS:
        ExpertPool.objects.get_or_create(
            code=code, defaults={"name_ko": name_ko, "name_en": name_en}
        )
    return len(load_organisations(table("organisations")))


class Registrar:
    """Makes the accounts; a second time it finds them."""

    def __init__(self) -> None:
        # one hash for everybody: they share the password, and hashing is slow on purpose
        self._password = make_password(PASSWORD)
        self._organisations = {org.code: org for org in Organisation.objects.all()}
        self._required = [doc.pk for doc in current_documents([ConsentDocument.Kind.COLLECTION])]

    def staff(self) -> dict[str, User]:
        """Accounts of ``staff.csv`` by address, with their roles."""
        people = {}
        for row in table("staff"):
            name = Name(row["name_ko"], row["name_en"])
            people[row["address"]] = self._account(
                row["address"], name, row["department"], row["role"]
            )
        return people

    def officers(self, namer: Namer) -> dict[str, User]:
        """One officer per department that files a request, by code of the department."""
        codes = sorted({row["department"] for row in document("requests")})
        return {
            code: self._account(officer_address(code), namer.korean(42), code, Role.OFFICER)
            for code in codes
        }

    def _account(self, address: str, name: Name, department: str, role: str) -> User:
        email = email_of(address)
        known = User.objects.filter(email=email).first()
        if known:
            return known
        user = User(
            email=email,
            password=self._password,
            name_ko=name.ko,
            name_en=name.en,
            department=self._organisations.get(department),
            is_staff=role == Role.ADMINISTRATOR,
            email_confirmed_at=timezone.now(),
            date_joined=timezone.now(),
            mail_notices=False,  # nobody is told by mail that the demo was loaded
        )
        user.save()
        record_consents(user, self._required, [ConsentDocument.Kind.COLLECTION])
        if role != Role.EXPERT:
            grant_role(user.pk, role, by=None, reason="시연 자료")
        return user


def turn_on_mail(people: Iterable[User]) -> None:
    """From now on notices go out by mail as well."""
    User.objects.filter(pk__in=[user.pk for user in people]).update(mail_notices=True)


def with_accounts(records: dict[str, ExpertRecord], staff: dict[str, User]) -> list[ExpertRecord]:
    """Records of colleagues, tied to their accounts."""
    return [replace(record, user=staff[address], email="") for address, record in records.items()]
