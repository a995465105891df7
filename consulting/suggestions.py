"""Fields that a text speaks of and earlier requests like it. Suggestions, never a gate."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from consulting import conf
from consulting.models import Request
from experts.models import TaxonomyNode

_LATIN = re.compile(r"[a-z0-9]")


#: where a field stands that only its name in the text speaks for
NAMED_ONLY = 0.2


@dataclass(frozen=True)
class Suggestion:
    """A field of the taxonomy, the words of the text that name it, and how often they stand.

    strength: how likely it is meant, 0 to 1; requests: numbers of earlier requests like this one
    that asked for it and that the reader may see; is_near: the text is near to it without naming
    it.
    """

    node: TaxonomyNode
    words: tuple[str, ...]
    count: int
    strength: float = NAMED_ONLY
    requests: tuple[str, ...] = ()

    @property
    def is_near(self) -> bool:
        return not self.words and not self.requests


@dataclass(frozen=True)
class Hint:
    """What a finder of another app says: a code, how likely, and what speaks for it."""

    code: str
    strength: float
    words: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


#: an app above may add a finder: (stored request or None, the text) → hints, likeliest first
Finder = Callable[[Request | None, str], Sequence[Hint]]
_finders: dict[str, Finder] = {}


def register_finder(name: str, finder: Finder) -> None:
    """Add a finder of fields; the same name again replaces it."""
    _finders[name] = finder


def unregister_finder(name: str) -> None:
    """Take a finder away (tests)."""
    _finders.pop(name, None)


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


def suggest_fields(
    text: str,
    without: Iterable[int] = (),
    request: Request | None = None,
    user: Any = None,
) -> list[Suggestion]:
    """At most three leaves per axis that the text speaks of, leaving out the ids ``without``.

    ``request`` is the stored request that the text belongs to, ``user`` the reader: numbers of
    earlier requests are named only where the reader may see them.
    """
    today = timezone.localdate()
    in_force = Q(valid_to=None) | Q(valid_to__gte=today)
    nodes = TaxonomyNode.objects.filter(in_force, parent__isnull=False).exclude(
        pk__in=list(without)
    )
    by_code = {node.code: node for node in nodes}
    named = {hit.node.code: hit for hit in find_nodes(text, by_code.values())}
    hints = {hint.code: hint for finder in _finders.values() for hint in finder(request, text)}
    seen = _visible({n for hint in hints.values() for n in hint.requests}, user)
    hits = [
        _joined(by_code[code], named.get(code), hints.get(code), seen)
        for code in dict.fromkeys([*hints, *named])
        if code in by_code
    ]
    return _few_per_axis(sorted(hits, key=lambda hit: -hit.strength))


def _joined(
    node: TaxonomyNode, named: Suggestion | None, hint: Hint | None, seen: set[str]
) -> Suggestion:
    """What the text's own words and the finders say about one field."""
    if hint is None:
        return named or Suggestion(node, (), 0)
    return Suggestion(
        node,
        named.words if named else hint.words,
        named.count if named else len(hint.words),
        hint.strength,
        tuple(number for number in hint.requests if number in seen),
    )


def _visible(numbers: set[str], user: Any) -> set[str]:
    if not numbers or user is None:
        return set()
    rows = Request.objects.visible_to(user).filter(number__in=numbers)
    return set(rows.values_list("number", flat=True))


def _few_per_axis(hits: Iterable[Suggestion]) -> list[Suggestion]:
    chosen: list[Suggestion] = []
    for hit in hits:
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
