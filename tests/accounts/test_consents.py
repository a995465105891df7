"""Consents: separate, never pre-ticked, withdrawn as easily as given, announced after commit."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import ConsentDocument, ConsentRecord
from accounts.selectors import OF_EXPERTS, agreed_kinds, consent_state, current_documents
from accounts.signals import consent_changed
from audit.models import Event
from common.errors import Conflict, MissingFacts
from tests.factories.accounts import UserFactory, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """What listeners were told."""
    said = []

    def listen(user_id, kind, agreed, **facts):
        said.append((user_id, kind, agreed))

    consent_changed.connect(listen)
    yield said
    consent_changed.disconnect(listen)


def document(kind):
    return current_documents([kind])[0]


def newer(kind):
    """A second version of a document."""
    old = document(kind)
    return ConsentDocument.objects.create(
        kind=kind, version=old.version + 1, required=old.required, title_ko="새 판",
        title_en="New version", text_ko="새", text_en="new", effective_on=timezone.localdate(),
    )  # fmt: skip


def test_the_texts_come_with_the_product_in_both_languages():
    assert services.load_consent_documents() == 0
    documents = current_documents()
    assert [d.kind for d in documents] == ["collection", "public_profile", "department_sharing"]
    assert [d.required for d in documents] == [True, False, False]
    assert all(d.text_ko and d.text_en for d in documents)


def test_every_answer_is_written_down():
    person = UserFactory()
    ids = [document("collection").pk, document("public_profile").pk]
    services.record_consents(person, ids, OF_EXPERTS, "192.0.2.1")
    assert agreed_kinds(person) == {"collection", "public_profile"}
    assert ConsentRecord.objects.filter(person=person, agreed=False).count() == 1
    assert set(ConsentRecord.objects.values_list("ip", flat=True)) == {"192.0.2.1"}


def test_without_the_required_one_nothing_is_written():
    person = UserFactory()
    with pytest.raises(MissingFacts) as error:
        services.record_consents(person, [document("public_profile").pk], OF_EXPERTS)
    assert list(error.value.message_dict) == ["consent_collection"]
    assert not ConsentRecord.objects.exists()


def test_giving_and_withdrawing_are_told_after_commit(heard, django_capture_on_commit_callbacks):
    person = UserFactory(expert=True)
    with django_capture_on_commit_callbacks(execute=True):
        services.give_consent(person.pk, document("public_profile").pk)
        assert heard == []
    with django_capture_on_commit_callbacks(execute=True):
        services.withdraw_consent(person.pk, "public_profile")
    assert heard == [(person.pk, "public_profile", True), (person.pk, "public_profile", False)]
    assert agreed_kinds(person) == set()
    codes = Event.objects.order_by("pk").values_list("type", flat=True)
    assert list(codes) == ["accounts.consent_given", "accounts.consent_withdrawn"]


def test_two_clicks_count_once(heard, django_capture_on_commit_callbacks):
    person = UserFactory(expert=True)
    with django_capture_on_commit_callbacks(execute=True):
        for _click in range(2):
            services.give_consent(person.pk, document("public_profile").pk)
        for _click in range(2):
            services.withdraw_consent(person.pk, "public_profile")
    assert len(heard) == 2


def test_the_required_one_ends_only_with_the_account():
    person = UserFactory()
    services.give_consent(person.pk, document("collection").pk)
    with pytest.raises(MissingFacts):
        services.withdraw_consent(person.pk, "collection")
    UserFactory(administrator=True)
    services.leave(person.pk)
    assert agreed_kinds(person) == set()


def test_a_new_version_asks_again():
    person = UserFactory(expert=True)
    old = document("public_profile")
    services.give_consent(person.pk, old.pk)
    new = newer("public_profile")
    state = {item["document"].kind: item for item in consent_state(person, OF_EXPERTS)}
    assert state["public_profile"]["outdated"] and state["public_profile"]["document"] == new
    with pytest.raises(Conflict):
        services.give_consent(person.pk, old.pk)
    services.give_consent(person.pk, new.pk)
    state = {item["document"].kind: item for item in consent_state(person, OF_EXPERTS)}
    assert not state["public_profile"]["outdated"]


def test_withdrawing_takes_back_every_version():
    person = UserFactory(expert=True)
    services.give_consent(person.pk, document("public_profile").pk)
    services.give_consent(person.pk, newer("public_profile").pk)
    services.withdraw_consent(person.pk, "public_profile")
    assert agreed_kinds(person) == set()


def test_the_account_page_offers_both(client):
    person = UserFactory(expert=True)
    sign_in(client, person)
    url = reverse("accounts:consent")
    client.post(url, {"document": document("public_profile").pk})
    assert "동의 철회" in client.get(reverse("accounts:home")).content.decode()
    client.post(url, {"withdraw": "public_profile"})
    assert agreed_kinds(person) == set()


@pytest.mark.parametrize(
    "facts", [{}, {"document": "99999999"}, {"document": "x"}, {"withdraw": "x"}]
)
def test_unknown_documents_are_404(client, facts):
    sign_in(client, UserFactory())
    assert client.post(reverse("accounts:consent"), facts).status_code == 404
