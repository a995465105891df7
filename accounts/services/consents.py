"""What people agree to, version by version, and what they take back."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import consent_texts, events
from accounts.models import ConsentDocument, ConsentRecord, User
from accounts.selectors import agreed_kinds, current_documents
from accounts.signals import consent_changed
from common.errors import Conflict, MissingFacts


def load_consent_documents() -> int:
    """Store the texts that come with the product; versions that exist stay as they are.

    Returns how many were new.
    """
    made = 0
    for facts in consent_texts.documents():
        key = {"kind": facts.pop("kind"), "version": facts.pop("version")}
        made += ConsentDocument.objects.get_or_create(**key, defaults=facts)[1]
    return made


def check_required(agreed_ids: Iterable[int], kinds: Iterable[str]) -> None:
    """Raise ``MissingFacts`` naming the required consents that were not ticked."""
    agreed = set(agreed_ids)
    missing = [d for d in current_documents(kinds) if d.required and d.pk not in agreed]
    if missing:
        text = _("필수 동의에 체크해 주십시오.")
        raise MissingFacts({f"consent_{document.kind}": text for document in missing})


@transaction.atomic
def record_consents(
    user: User, agreed_ids: Iterable[int], kinds: Iterable[str], ip: str | None = None
) -> None:
    """Write down each answer, yes or no, to today's documents. Required ones must be yes."""
    agreed, kinds = set(agreed_ids), list(kinds)
    check_required(agreed, kinds)
    for document in current_documents(kinds):
        _answer(user, document, document.pk in agreed, ip)


def _answer(user: User, document: ConsentDocument, agreed: bool, ip: str | None) -> None:
    ConsentRecord.objects.create(person=user, document=document, agreed=agreed, ip=ip)
    if agreed:
        events.consent(user, document.pk, True)
        _announce(user, document.kind, True)


def _announce(user: User, kind: str, agreed: bool) -> None:
    facts = {"user_id": user.pk, "kind": str(kind), "agreed": agreed}
    send = partial(consent_changed.send_robust, sender=ConsentRecord, **facts)
    transaction.on_commit(send, robust=True)


@transaction.atomic
def give_consent(user_id: int, document_id: int, ip: str | None = None) -> None:
    """Agree to today's version of a document. Raises ``Conflict`` when a newer one exists."""
    user = User.objects.select_for_update().get(pk=user_id)
    document = ConsentDocument.objects.get(pk=document_id)
    if document not in current_documents([document.kind]):
        raise Conflict(_("동의서가 새로 바뀌었습니다. 새 내용을 읽고 다시 동의해 주십시오."))
    if not _in_force(user, document):
        _answer(user, document, True, ip)


def _in_force(user: User, document: ConsentDocument) -> bool:
    rows = ConsentRecord.objects.filter(person=user, document=document)
    return rows.filter(agreed=True, withdrawn_at=None).exists()


@transaction.atomic
def withdraw_consent(user_id: int, kind: str) -> None:
    """Take an optional consent back, all versions of it.

    Raises ``MissingFacts`` for the required one: without it no account can be kept, so it ends
    with ``leave``.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if any(document.required for document in current_documents([kind])):
        text = _("필수 동의를 철회하려면 계정을 닫아야 합니다. '이용 그만두기'를 이용해 주십시오.")
        raise MissingFacts({"kind": text})
    withdraw(user, kind)


def withdraw(user: User, kind: str) -> None:
    """Close the standing records of one kind and tell who must act on it."""
    if kind not in agreed_kinds(user):
        return
    standing = ConsentRecord.objects.filter(
        person=user, document__kind=kind, agreed=True, withdrawn_at=None
    )
    document_id = standing.values_list("document_id", flat=True).first()
    standing.update(withdrawn_at=timezone.now())
    if document_id:
        events.consent(user, document_id, False)
    _announce(user, kind, False)
