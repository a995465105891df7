"""The event log and the access log as auditors read and take them."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AccessLog, Event
from tests.factories.accounts import OrganisationFactory, UserFactory, sign_in
from tests.factories.audit import AccessLogFactory, EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client):
    person = UserFactory(auditor=True)
    sign_in(client, person)
    return person


def read_csv(answer):
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def numbers(client, **query):
    return client.get(reverse("audit:events"), query).context["page_obj"].paginator.count


def test_events_read_as_sentences(client, auditor):
    event = EventFactory(actor__name_ko="박서준")
    page = client.get(reverse("audit:events")).content.decode()
    assert event.sentence in page and "박서준" in page


def test_filters_narrow_by_person_name_object_kind_and_period(client, auditor):
    place = OrganisationFactory()
    event = EventFactory(
        type="accounts.organisation_saved", actor=UserFactory(name_ko="홍길동"),
        object_type="accounts.organisation", object_id=str(place.pk), object_label="디지털도시국",
    )  # fmt: skip
    EventFactory()
    today = timezone.localdate().isoformat()
    assert numbers(client, person=event.actor_id) == 1
    assert numbers(client, who="길동") == 1
    assert numbers(client, object="도시국") == 1
    assert numbers(client, object=f"accounts.organisation:{place.pk}") == 1
    assert numbers(client, type="accounts.organisation_saved") == 1
    assert numbers(client, since=today, until=today) == Event.objects.count()
    assert numbers(client, until="2020-01-01") == 0


@pytest.mark.parametrize(
    "query",
    [{"since": "yesterday"}, {"type": "x"}, {"person": "9" * 40}, {"page": "x"}, {"who": "\x00"}],
)
def test_wrong_filters_get_an_answer(client, auditor, query):
    assert client.get(reverse("audit:events"), query).status_code == 200
    assert client.get("/api/v1/events/", query).status_code in (200, 400, 404)


def test_events_of_kinds_that_are_gone_still_read(client, auditor):
    EventFactory(type="gone.kind", object_label="옛 대상")
    assert "gone.kind" in client.get(reverse("audit:events")).content.decode()


def test_queries_do_not_grow_with_events(client, auditor, django_assert_max_num_queries):
    for _number in range(25):
        EventFactory()
    client.get(reverse("audit:events"))
    with django_assert_max_num_queries(14):
        client.get(reverse("audit:events"))


def test_the_export_is_the_filtered_list_and_goes_on_record(client, auditor):
    EventFactory(actor__name_ko="홍길동")
    EventFactory()
    rows = read_csv(client.get(reverse("audit:events_csv"), {"who": "홍길동"}))
    assert len(rows) == 2 and "홍길동" in rows[1][2]
    log = AccessLog.objects.get()
    assert (log.action, log.rows, log.viewer) == ("download", 1, auditor)


def test_cells_do_not_run_in_spreadsheets(client, auditor):
    EventFactory(actor__name_ko="=cmd()", object_type="accounts.user", object_label="+1")
    rows = read_csv(client.get(reverse("audit:events_csv"), {"who": "cmd"}))
    assert rows[1][3].startswith("'=") and rows[1][4] == "'+1"


def test_the_access_log_names_viewer_and_subject(client, auditor):
    row = AccessLogFactory(purpose="선정 검토")
    AccessLogFactory(subject_type="accounts.user", subject_id="", rows=12)
    page = client.get(reverse("audit:accesses")).content.decode()
    assert str(row.viewer) in page and "선정 검토" in page and "12건" in page
    rows = read_csv(client.get(reverse("audit:accesses_csv"), {"action": "view"}))
    assert len(rows) == 3


def test_english_pages_have_english_sentences(client, auditor):
    EventFactory(actor__name_en="Ada Kim")
    page = client.get("/en/audit/").content.decode()
    assert "Ada Kim (" in page


def test_the_api_gives_sentences(client, auditor):
    event = EventFactory()
    answer = client.get("/api/v1/events/", {"type": "accounts.signed_in"}).json()
    assert event.sentence in [row["sentence"] for row in answer["results"]]
    assert client.get(f"/api/v1/events/{event.pk}/").json()["sentence"] == event.sentence


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_changes_nothing(client, auditor, method):
    event = EventFactory()
    assert getattr(client, method)(f"/api/v1/events/{event.pk}/").status_code in (403, 405)
    assert Event.objects.filter(pk=event.pk).exists()


def test_days_are_picked_and_kept(client, auditor):
    page = client.get(reverse("audit:events"), {"since": "2026-01-02"}).content.decode()
    assert 'type="date" name="since" value="2026-01-02"' in page
