"""The record: what is written stays, what is personal can be taken out."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import RequestFactory

from accounts.models import User
from audit import registry
from audit.models import AccessLog, Event, EventDetail
from audit.services import record, record_access, remove_personal
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.factories.audit import AccessLogFactory, EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(monkeypatch):
    """A kind of event of this test alone."""
    monkeypatch.setattr(registry, "_types", dict(registry._types))
    return registry.register(
        "test.chosen",
        lambda event: f"{event.who} → {event.name_of('people')}: {event.fact('reason')}",
        "시험",
        personal=("reason", "label"),
        refs={"people": "accounts.User"},
    )


def test_an_event_reads_as_a_sentence_with_todays_names(kind):
    officer, chosen = UserFactory(), UserFactory(name_ko="이고름")
    event = record(
        "test.chosen", by=officer, on=chosen, data={"people": [chosen.pk], "reason": "경험"}
    )
    User.objects.filter(pk=chosen.pk).update(name_ko="이바뀜")
    text = Event.objects.get(pk=event.pk).sentence
    assert text.startswith(str(officer)) and "이바뀜" in text and "경험" in text


def test_personal_facts_stand_apart_and_can_be_removed(kind):
    subject = UserFactory()
    event = record("test.chosen", by=None, on=subject, label="이름", data={"reason": "병가"})
    assert event.data == {} and event.object_label == ""
    assert event.facts == {"reason": "병가", "label": "이름"}
    assert remove_personal(Event.objects.filter(pk=event.pk)) == 2
    assert "병가" not in Event.objects.get(pk=event.pk).fact("reason")
    assert remove_personal([event]) == 0


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        record("test.nobody_registered_this", by=None, on=UserFactory())


def test_a_code_is_registered_once(kind):
    with pytest.raises(ValueError, match="twice"):
        registry.register("test.chosen", str, "again")


@pytest.mark.parametrize("factory", [EventFactory, AccessLogFactory])
def test_rows_can_be_neither_changed_nor_deleted(factory):
    row = factory()
    model = type(row)
    with pytest.raises(IntegrityError, match="neither changed"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(at=row.at)
    with pytest.raises(IntegrityError, match="neither changed"), transaction.atomic():
        model.objects.filter(pk=row.pk).delete()
    assert model.objects.filter(pk=row.pk).exists()


def test_personal_facts_can_only_be_blanked(kind):
    record("test.chosen", by=None, on=UserFactory(), data={"reason": "원래"})
    for change in (lambda rows: rows.update(value="다른"), lambda rows: rows.delete()):
        with pytest.raises(IntegrityError, match="only be blanked"), transaction.atomic():
            change(EventDetail.objects.all())


def test_people_who_stand_on_record_cannot_be_deleted():
    event = EventFactory()
    with pytest.raises((ProtectedError, IntegrityError)), transaction.atomic():
        event.actor.delete()


def test_an_access_names_viewer_subject_page_and_address():
    viewer, subject = UserFactory(), UserFactory()
    request = RequestFactory().get("/accounts/people/1/")
    request.user = viewer
    record_access(request, subject, AccessLog.Action.VIEW, "소속 변경 확인")
    row = AccessLog.objects.get()
    assert (row.viewer, row.subject_type, row.subject_id) == (
        viewer,
        "accounts.user",
        str(subject.pk),
    )
    assert (row.path, row.ip, row.purpose) == ("/accounts/people/1/", "127.0.0.1", "소속 변경 확인")


def test_ones_own_record_and_anonymous_visits_are_not_logged():
    from django.contrib.auth.models import AnonymousUser

    person = UserFactory()
    assert record_access(person, person) is None
    assert record_access(AnonymousUser(), person) is None
    assert record_access(person, User, AccessLog.Action.DOWNLOAD, rows=12).rows == 12


def test_objects_are_named_by_label_or_by_what_they_are_called_today(kind):
    place = OrganisationFactory(name_ko="디지털도시국")
    assert record("test.chosen", by=None, on=place).on == "디지털도시국"
