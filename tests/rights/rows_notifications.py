"""Rights to notices and mail: notices are read by their person alone."""

from notifications.models import Notice, OutboxMessage
from tests.factories.accounts import UserFactory
from tests.rights.table import HIDDEN, Access, Row, only, signed_in

readers = only("administrator", "auditor")
nobody = Access(frozenset(), HIDDEN)


def own(user):
    """A notice of the person who asks."""
    return {"pk": Notice.objects.create(person=user or UserFactory(), kind="x", subject="x").pk}


def foreign(user):
    """Somebody else's notice."""
    return {"pk": Notice.objects.create(person=UserFactory(), kind="x", subject="x").pk}


def mail(user):
    """A mail in the outbox."""
    return {"pk": OutboxMessage.objects.create(to="a@example.org", subject="x", body="x").pk}


ROWS = [
    Row("notifications:inbox", get=signed_in),
    Row("notifications:read_all", post=signed_in),
    Row("notifications:read", args=own, post=signed_in),
    Row("notifications:read", args=foreign, post=nobody, note="somebody else's"),
    Row("notifications:outbox", get=readers),
    Row("notifications:message", args=mail, get=readers),
    Row("notifications:send_again", args=mail, post=only("administrator")),
    # outside of demonstrations there is no such page
    Row("notifications:demo_mailbox", get=Access(frozenset(), HIDDEN, HIDDEN)),
    Row("notifications:demo_message", args=mail, get=Access(frozenset(), HIDDEN, HIDDEN)),
    Row("api:notice-list", get=signed_in),
    Row("api:notice-detail", args=own, get=signed_in),
    Row("api:notice-detail", args=foreign, get=nobody, note="somebody else's"),
    Row("api:notice-read", args=own, post=signed_in),
    Row("api:notice-read", args=foreign, post=nobody, note="somebody else's"),
    Row("api:notice-read-all", post=signed_in),
]
