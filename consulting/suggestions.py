"""Fields that a text speaks of and earlier requests like it. Suggestions, never a gate."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from consulting import conf
from consulting.models import Request
from experts.models import TaxonomyNode

_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True)
class Suggestion:
    """A field of the taxonomy, the words of the text that name it, and how often they stand."""

    node: TaxonomyNode
    words: tuple[str, ...]
    count: int


def occurrences(text: str, name: str) -> int:
    """How often a name stands in a text (both in lower case).

    Latin names must stand as words (``cv`` is not in ``cvs``); Korean ones may carry particles
    behind them, so a plain search is right there. One-letter names never count.
    """
    if len(name) < 2:
        return 0
    if not _LATIN.match(name[0]):
        return text.count(name)
    edge = r"(?<![a-z0-9])" if _LATIN.match(name[0]) else ""
    end = r"(?![a-z0-9])" if _LATIN.match(name[-1]) else ""
    return len(re.findall(f"{edge}{re.escape(name)}{end}", text))


def find_nodes(text: str, nodes: Iterable[TaxonomyNode]) -> list[Suggestion]:
    """Nodes whose label or alias stands in the text: most mentions first, then longest words."""
    lowered = text.lower()
    found = []
    for node in nodes:
        names = {name.lower() for name in (node.label_ko, node.label_en, *node.aliases) if name}
        counts = {name: count for name in names if (count := occurrences(lowered, name))}
        if counts:
            words = tuple(sorted(counts, key=lambda name: (-len(name), name)))
            found.append(Suggestion(node, words, sum(counts.values())))
    return sorted(found, key=lambda hit: (-hit.count, -len(hit.words[0]), hit.node.code))


def suggest_fields(text: str, without: Iterable[int] = ()) -> list[Suggestion]:
    """At most three leaves per axis that the text names, leaving out the ids ``without``."""
    today = timezone.localdate()
    in_force = Q(valid_to=None) | Q(valid_to__gte=today)
    nodes = TaxonomyNode.objects.filter(in_force, parent__isnull=False).exclude(
        pk__in=list(without)
    )
    chosen: list[Suggestion] = []
    for hit in find_nodes(text, nodes):
        same_axis = sum(other.node.axis == hit.node.axis for other in chosen)
        if same_axis < conf.FIELDS_PER_AXIS:
            chosen.append(hit)
    return chosen


def text_of(request: Request) -> str:
    """Everything that was written, for looking for words in it."""
    parts = [request.title, request.situation, request.problem, request.ask]
    parts += [request.expected_effect, request.data_held, *request.keywords]
    return "\n".join(part for part in parts if part)


def similar_requests(request: Request, user: Any, limit: int = 4) -> list[Request]:
    """Earlier requests that the person may see and that share fields, keywords, kind, department.

    A shared field weighs 3, a shared keyword 2, the same kind or department 1; two are needed.
    """
    nodes = {row.node_id for row in request.fields.all()}
    near = Q(department=request.department_id) | Q(fields__node__in=nodes)
    near |= Q(keywords__overlap=request.keywords)
    others = Request.objects.visible_to(user).filed().filter(near).exclude(pk=request.pk)
    ids = others.order_by("-submitted_at").values_list("pk", flat=True).distinct()[:200]
    rows = Request.objects.filter(pk__in=list(ids)).for_lists().prefetch_related("fields")
    scored = [(_likeness(request, nodes, row), row) for row in rows]
    best = sorted(
        (pair for pair in scored if pair[0] >= 2), key=lambda pair: (-pair[0], -pair[1].pk)
    )
    return [row for _score, row in best[:limit]]


def _likeness(request: Request, nodes: set[int], other: Request) -> int:
    fields = len(nodes & {row.node_id for row in other.fields.all()})
    words = {word.casefold() for word in request.keywords}
    keywords = len(words & {word.casefold() for word in other.keywords})
    same = (request.kind_id == other.kind_id) + (request.department_id == other.department_id)
    return 3 * fields + 2 * keywords + same
