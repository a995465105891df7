"""Events and accesses for tests."""

import factory
from factory.django import DjangoModelFactory

from audit.models import AccessLog, Event
from tests.factories.accounts import UserFactory


class EventFactory(DjangoModelFactory):
    """A sign-in, unless told otherwise."""

    class Meta:
        model = Event

    type = "accounts.signed_in"
    actor = factory.SubFactory(UserFactory)
    object_type = "accounts.user"
    object_id = factory.LazyAttribute(lambda event: str(event.actor.pk))


class AccessLogFactory(DjangoModelFactory):
    """Someone looked at somebody's account."""

    class Meta:
        model = AccessLog

    viewer = factory.SubFactory(UserFactory)
    subject_type = "accounts.user"
    subject_id = factory.LazyFunction(lambda: str(UserFactory().pk))
    action = AccessLog.Action.VIEW
