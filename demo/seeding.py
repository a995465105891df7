"""Loading the demo data, step by step. What is there already is left alone."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from demo.clock import at
from demo.composer import Composer
from demo.news import tell_news
from demo.people import Registrar, load_places, turn_on_mail, with_accounts
from demo.reading import RESOURCES
from demo.requests import Filing
from demo.rounds import make_round
from demo.searches import leave_waiting, search_all
from experts.models import Claim
from experts.services import bulk_load
from matching.embedding import import_file
from matching.models import StoredBackground
from matching.services.evaluations import evaluate_missing, evaluate_use

SOURCE = "demo"
BEFORE = timedelta(days=400)
EMBEDDINGS = "embeddings-*.npz"
Say = Callable[[str], None]


class Seeder:
    """Loads everything in order; ``say`` gets a line per step."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._begun = monotonic()
        self._staff: dict[str, User] = {}
        self._officers: dict[str, User] = {}

    def load(self) -> None:
        """All steps; each is a transaction of its own, so a broken load can be finished later."""
        self._told("organisations and departments", load_places())
        with transaction.atomic():
            experts = self._people_and_experts()
        self._told("experts", experts)
        self._told(
            "vectors brought along", sum(map(import_file, sorted(RESOURCES.glob(EMBEDDINGS))))
        )
        with transaction.atomic():
            self._told("requests", self._requests())
            self._told("announcements", tell_news(self._staff["editor"]))
        self._index()
        self._told("searches", search_all(self._progress))
        self._told("weeks of figures", evaluate_missing() + (evaluate_use() is not None))
        self._told("requests of a round", make_round(self._staff["manager"]))
        leave_waiting()
        turn_on_mail([*self._staff.values(), *self._officers.values()])

    def _told(self, what: str, count: int) -> None:
        self._say(f"{monotonic() - self._begun:5.1f} s  {what}: {count}")

    def _progress(self, done: int, total: int) -> None:
        if done % 10 == 0 or done == total:
            self._told(f"searched, of {total}", done)

    def _people_and_experts(self) -> int:
        """Accounts, and all profiles in one go; returns how many profiles were new."""
        composer = Composer(timezone.localdate())
        colleagues, others = composer.compose()
        with at(timezone.now() - BEFORE):  # they were there before all that they did
            registrar = Registrar()
            self._staff = registrar.staff()
            self._officers = registrar.officers(composer.namer)
        if Claim.objects.filter(source=SOURCE).exists():
            return 0
        records = [*with_accounts(colleagues, self._staff), *others]
        return len(bulk_load(records, self._staff["reviewer"], SOURCE))

    def _requests(self) -> int:
        managers = [self._staff[address] for address in ("manager", "manager2", "manager3")]
        return Filing(self._officers, managers).file_all()

    def _index(self) -> None:
        """Statistics of this collection for planner and matcher, and the search index."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        if not StoredBackground.objects.filter(is_active=True).exists():
            call_command("rebuild_background", activate=True, note=SOURCE, verbosity=0)
        self._told("search index", 1)
