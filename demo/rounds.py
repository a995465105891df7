"""A demo round of the yearly survey: requests that stand open, ready for a plan by one click."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from consulting.models import Request, Round
from consulting.rounds import services
from demo.requests import OWN_KEYS

#: requests about data of events, shops, streets and roads: they want the same people, so that the
#: two plans of the round differ
REQUESTS = (
    "credit-closure",
    "balance-vacant",
    "ddp-visitors",
    "winter-festival",
    "nfc-tourist",
    "hangang-triathlon",
    "cctv-expansion",
    "daerim-cpted",
    "smart-junction",
    "waste-route",
)
#: seats beyond the experts that a request asked for
MORE = 2
#: requests that one person takes in the round
CAPACITY = 1
MINIMUM = 0.7
DURATION = timedelta(days=100)


def make_round(manager: User) -> int:
    """The round with its requests, unless it is there; returns how many requests were put in."""
    today = timezone.localdate()
    name = f"{today.year}년 정기 수요조사 (시연 자료)"
    if Round.objects.filter(name=name).exists():
        return 0
    first = today.replace(day=1)
    row = services.create(
        manager,
        {
            "name": name,
            "kind": Round.Kind.SURVEY,
            "starts_on": first,
            "ends_on": first + DURATION,
            "note": "시연을 위해 만든 회차입니다. 요청과 전문가는 실제가 아닙니다.",
            "capacity": CAPACITY,
            "minimum": MINIMUM,
            "per_institution": 1,
        },
    )
    ready = Request.objects.filter(creation_key__in=[OWN_KEYS + key for key in REQUESTS])
    ready = ready.filter(state__in=[Request.State.ACCEPTED, Request.State.SHORTLISTED])
    chosen = list(ready.order_by("number"))
    for request in chosen:
        services.add_request(row.pk, request.pk, manager, request.experts_wanted + MORE)
    if chosen:
        services.move(row.pk, "open", manager)
    return len(chosen)
