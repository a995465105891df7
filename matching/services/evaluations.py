"""Storing figures of use, week by week, and figures of judged sets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.db.models import Min
from django.utils import timezone

from matching.calibration import Point
from matching.conf import Scoring
from matching.fusion import shown_score
from matching.learning.curves import bins_json, reliability
from matching.learning.pairs import SUITABLE, DecidedList, Pair, pairs_of
from matching.learning.use import WINDOW, counted, split
from matching.models import Evaluation, MatchRun
from matching.selectors.judged import decided_lists, pairs_until
from matching.services.learning import estimates_json

#: weeks that are filled in when nobody has evaluated for long
CATCH_UP = 26


class UnreadableFiguresError(ValueError):
    """A file of figures that cannot be stored; the message says why."""


def evaluate_use(until: date | None = None) -> Evaluation | None:
    """Store the figures of the ``WINDOW`` days up to a day (today); None without a decision.

    Doing it again for the same day replaces the row.
    """
    until = until or timezone.localdate()
    since = until - timedelta(days=WINDOW - 1)
    lists = decided_lists(since, until)
    if not lists:
        return None
    return Evaluation.objects.update_or_create(
        fingerprint=f"use {until.isoformat()}",
        defaults={
            "source": Evaluation.Source.USE,
            "at": timezone.now(),
            "starts_on": since,
            "ends_on": until,
            "pairs_so_far": pairs_until(until),
            **_facts(lists),
        },
    )[0]


def _facts(lists: Sequence[DecidedList]) -> dict[str, Any]:
    pairs = [pair for listed in lists for pair in pairs_of(listed)]
    found = split(lists)
    versions = sorted({listed.version for listed in lists if listed.version})
    told, curve = _curve(lists, pairs)
    return {
        "weights_version": ", ".join(versions)[:40],
        "requests": len(lists),
        "pairs": counted(pairs),
        "figures": {
            "all": estimates_json(found["all"]),
            "kind": {name: estimates_json(figures) for name, figures in found["kind"].items()},
            "language": {
                name: estimates_json(figures) for name, figures in found["language"].items()
            },
        },
        "curve": curve,
        "versions": {"told": told},
    }


def _curve(lists: Sequence[DecidedList], pairs: Sequence[Pair]) -> tuple[str, list[dict[str, Any]]]:
    """What was told and the share that was suitable, over the judged people of the lists.

    Told is the chance where one stood beside the score, the score itself where none did.
    """
    scoring = Scoring.current()
    rows = {(str(one.request), str(row.expert)): row for one in lists for row in one.rows}
    judged = [(rows[pair.request, pair.expert], pair.grade >= SUITABLE) for pair in pairs]
    told = [(row.chance, good) for row, good in judged if row.chance is not None]
    name = "chance" if told else "score"
    if not told:
        known = [(row.fused, good) for row, good in judged if row.fused is not None]
        told = [(shown_score(value, scoring), good) for value, good in known]
    values = np.array([value for value, _good in told], float)
    return name, bins_json(reliability(values, np.array([good for _value, good in told], bool)))


def evaluate_missing(today: date | None = None) -> int:
    """Figures of every week that has ended and has none yet; returns how many were stored."""
    today = today or timezone.localdate()
    last = today - timedelta(days=today.weekday() + 1)  # the Sunday before this week
    first = _first_decision()
    if first is None:
        return 0
    weeks = [last - timedelta(weeks=n) for n in range(CATCH_UP)]
    known = set(Evaluation.objects.of_use().values_list("ends_on", flat=True))
    missing = sorted(day for day in weeks if day >= first and day not in known)
    return sum(evaluate_use(day) is not None for day in missing)


def _first_decision() -> date | None:
    rows = MatchRun.objects.with_list().filter(request__decided_at__isnull=False)
    first = rows.aggregate(first=Min("request__decided_at"))["first"]
    return timezone.localdate(first) if first else None


def store_figures(path: Path) -> tuple[Evaluation, bool]:
    """Keep the figures that ``evaluate_matching --json`` wrote; the flag says whether they are new.

    Raises ``UnreadableFiguresError``.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        metrics = {
            name: _estimate(path, name, value)
            for name, value in content["metrics"]["fused"].items()
        }
        requests = len(content["requests"])
        versions = dict(content.get("versions") or {})
    except OSError as error:
        raise UnreadableFiguresError(f"{path.name}: cannot be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        raise UnreadableFiguresError(f"{path.name}:{error.lineno}: {error.msg}") from error
    except (UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        reason = "is not what evaluate_matching --json writes"
        raise UnreadableFiguresError(f"{path.name}: {reason}") from error
    scoring = versions.get("scoring") or {}
    return Evaluation.objects.get_or_create(
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        defaults={
            "source": Evaluation.Source.JUDGED,
            "name": path.stem[:80],
            "ends_on": timezone.localdate(),
            "weights_version": str(scoring.get("version", ""))[:40],
            "requests": requests,
            "figures": {"all": metrics, "kind": {}, "language": {}},
            "curve": _told(content),
            "versions": versions,
        },
    )


def _told(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The cross-validated curve of chances that was learned on the set; empty without one."""
    learned = (content.get("calibration") or {}).get("learned") or {}
    return bins_json(Point(*found) for found in learned.get("curve") or [])


def _estimate(path: Path, name: str, value: Any) -> dict[str, Any]:
    found = {key: value[key] for key in ("value", "low", "high", "count")}
    if not all(item is None or isinstance(item, int | float) for item in found.values()):
        raise UnreadableFiguresError(f"{path.name}: {name} holds something that is no number")
    return found
