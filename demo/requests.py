"""Requests of the departments, each in its state with a believable history."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from consulting.due import add_working_days
from consulting.loading import History, load_request
from consulting.models import Request
from demo.reading import document

S = Request.State
TEXTS = ("title", "situation", "problem", "expected_effect", "data_held", "ask", "stage",
         "keywords", "budget", "experts_wanted", "disclosure", "fields")  # fmt: skip
#: how the creation keys of demo requests begin
OWN_KEYS = "demo/"
#: states that a request reaches by a search, which is made for real afterwards
BY_SEARCH = (S.MATCHING, S.SHORTLISTED, S.DECIDED)


class Filing:
    """Files the requests; those that are there already stay as they are."""

    def __init__(self, officers: dict[str, User], managers: list[User]) -> None:
        self._officers = officers
        self._managers = managers
        self._today = timezone.localdate()

    def file_all(self) -> int:
        """File what is missing, oldest first; returns how many were filed."""
        rows = sorted(document("requests"), key=lambda row: -row["filed_days_ago"])
        known = set(
            Request.objects.exclude(creation_key=None).values_list("creation_key", flat=True)
        )
        missing = [(n, row) for n, row in enumerate(rows) if creation_key(row) not in known]
        for number, row in missing:
            self._file(number, row)
        return len(missing)

    def _file(self, number: int, row: dict[str, Any]) -> None:
        manager = self._managers[number % len(self._managers)]
        history = self._history(row, number, manager)
        request = load_request(
            kind=row["kind"],
            requester=self._officers[row["department"]],
            state=S.ACCEPTED if row["state"] in BY_SEARCH else row["state"],
            history=history,
            is_statutory=row["statutory"],
            deadline=self._deadline(row),
            audience=row.get("audience", ""),
            schedule=row.get("schedule", ""),
            **{name: row[name] for name in TEXTS},
        )
        Request.objects.filter(pk=request.pk).update(
            creation_key=creation_key(row), track=row["track"]
        )

    def _deadline(self, row: dict[str, Any]) -> date | None:
        days = row["deadline_days"]
        return None if days is None else self._today + timedelta(days=days)

    def _history(self, row: dict[str, Any], number: int, manager: User) -> History:
        said = {kind: [m["body"] for m in row["messages"] if m["kind"] == kind]
                for kind in ("question", "answer")}  # fmt: skip
        created = moment(self._today - timedelta(days=row["filed_days_ago"]), number)
        return History(
            created_at=created,
            manager=manager,
            moments=self._moments(row, created, number),
            question=(said["question"] or [""])[-1],
            answer=(said["answer"] or [""])[0],
            closing_reason=row.get("closing_reason", ""),
        )

    def _moments(self, row: dict[str, Any], created: datetime, number: int) -> dict[str, datetime]:
        """When what happened: decided ones went through long ago, the others wait for few days."""
        day = timezone.localdate(created)
        asked = moment(add_working_days(day, 1), number + 3)
        answered = moment(add_working_days(day, 3), number + 5)
        accepted = moment(add_working_days(day, 4 if row["messages"] else 2), number + 1)
        if row["state"] != S.DECIDED:
            accepted = max(accepted, moment(self._today - timedelta(days=1 + number % 7), number))
        closed = max(asked, moment(self._today - timedelta(days=2 + number % 5), number))
        return {
            "submit": min(created + timedelta(hours=1), timezone.now()),
            "return_with_question": closed if row["state"] == S.RETURNED else asked,
            "resubmit": answered,
            "accept": accepted,
            "reject": closed,
            "withdraw": closed,
        }


def creation_key(row: dict[str, Any]) -> str:
    """Key by which a demo request is found again."""
    return OWN_KEYS + str(row["key"])


def moment(day: date, number: int) -> datetime:
    """Some time of a working day, another for each number; never in the future."""
    while day.weekday() > 4:
        day -= timedelta(days=1)
    hour, minute = 9 + number * 7 % 9, number * 17 % 60
    asked = timezone.make_aware(datetime(day.year, day.month, day.day, hour, minute))
    return min(asked, timezone.now() - timedelta(hours=1))
