"""What expertise a request needs, per axis (기술 · 데이터 · 도메인). Pure functions.

Four clues, each optional: the fields of the form (which may be missing or wrong), names of fields
in the text, nearness of the text to what a field is called, and the fields of earlier requests
like this one. Staff may take a field up or set it aside; nobody is ever kept off a list by this.

How strongly the clues speak for a field is a logistic curve fitted on the 86 demo requests with
fields (each request's fields against all 81 leaves; the earlier requests left the request itself
out): strength = σ(3.6 m/(m+1) + 1.17 z + 4.0 s - 4.3) with m mentions, z spreads of nearness above
the mean over all fields, s share of the nearest earlier requests; without a vector
σ(5.5 m/(m+1) + 5.8 s - 3.9). docs/panels.md says what that is worth.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from matching.analysis import normalise
from matching.evidence import Field
from matching.labels import leaves
from matching.synonyms import concepts_in
from matching.taxonomy import canonical, label_of, resolve, terms

AXES = ("tech", "data", "domain")
Kind = Literal["field", "keyword", "desk", "text", "meaning", "similar"]
#: strength of a field of the form by its rank, of a keyword, of a field that staff took up
RANKED = {1: 1.0, 2: 0.8, 3: 0.6}
KEYWORD_STRENGTH, DESK_STRENGTH = 0.5, 1.0
#: what only the text or other requests say must be this likely, and counts less than a field
LIKELY, FOUND_COUNTS = 0.25, 0.8
#: an axis without any need takes its likeliest field from here on
LONELY = 0.05
PER_AXIS = 3


@dataclass(frozen=True)
class Source:
    """Where a need comes from. words: found in the text; requests: numbers of those like it."""

    kind: Kind
    strength: float
    words: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Need:
    """One expertise that is needed. weight: share of the whole, the weights add up to 1."""

    code: str
    axis: str
    weight: float
    sources: tuple[Source, ...]

    def label(self, language: str = "ko") -> str:
        return label_of(self.code, language)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "axis": self.axis,
            "weight": round(self.weight, 4),
            "sources": [
                {"kind": s.kind, "strength": round(s.strength, 3), "words": list(s.words),
                 "requests": list(s.requests)}
                for s in self.sources
            ],
        }  # fmt: skip

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Need:
        sources = tuple(
            Source(s["kind"], s["strength"], tuple(s["words"]), tuple(s["requests"]))
            for s in row["sources"]
        )
        return cls(row["code"], row["axis"], row["weight"], sources)


@dataclass(frozen=True)
class Clues:
    """What is known of a text besides its form.

    mentions: field → how often its names stand in the text; words: the forms found;
    nearness: field → spreads above the mean over all fields, ``None`` without a vector;
    similar: field → share of the earlier requests like this one that asked for it (0 to 1);
    requests: field → their numbers.
    """

    mentions: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nearness: Mapping[str, float] | None = None
    similar: Mapping[str, float] = field(default_factory=dict)
    requests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def concept_of(code: str) -> str:
    """The token that every name of a field becomes in the analysis of texts."""
    return "=" + re.sub(r"[\s\-]+", "", terms()[code].ko.lower())


def mentions(text: str) -> dict[str, int]:
    """Leaf → how often one of its names stands in the text, spaces and endings aside."""
    counted: dict[str, int] = {}
    for concept in concepts_in(normalise(text)):
        counted[concept] = counted.get(concept, 0) + 1
    return {code: n for code in leaves() if (n := counted.get(concept_of(code), 0))}


def words_for(text: str, codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Field → those of its names that stand in the text, longest first."""
    plain = canonical(text)
    found = {}
    for code in codes:
        term = terms()[code]
        names = [n for n in (term.ko, term.en, *term.aliases) if n and canonical(n) in plain]
        if names:
            found[code] = tuple(sorted(dict.fromkeys(names), key=lambda n: (-len(n), n)))[:3]
    return found


def likelihood(code: str, clues: Clues) -> float:
    """How likely the clues make it that a person would name this field, 0 to 1."""
    count = clues.mentions.get(code, 0)
    named, share = count / (count + 1), clues.similar.get(code, 0.0)
    if clues.nearness is None:
        return _sigmoid(5.5 * named + 5.8 * share - 3.9)
    near = clues.nearness.get(code, 0.0)
    return _sigmoid(3.6 * named + 1.17 * near + 4.0 * share - 4.3)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def ranked_fields(
    clues: Clues, without: Iterable[str] = (), least: float = LIKELY
) -> list[tuple[str, float]]:
    """Leaves that the clues speak for, likeliest first; equal ones in the taxonomy's order."""
    left_out = set(without)
    found = [(code, likelihood(code, clues)) for code in leaves() if code not in left_out]
    likely = [pair for pair in found if pair[1] >= least]
    return sorted(likely, key=lambda pair: -pair[1])


def decompose(
    fields: Sequence[Field],
    keywords: Sequence[str],
    clues: Clues,
    accepted: Iterable[str] = (),
    ignored: Iterable[str] = (),
) -> tuple[Need, ...]:
    """The needs of a request, by axis and weight; empty when nothing speaks for any field.

    A field of the form stays even when nothing else speaks for it: the person who wrote it knows
    why. What staff set aside (``ignored``) is not found again, but a field of the form stays.
    """
    strengths: dict[str, list[Source]] = {}
    for wanted in fields:
        code = wanted.code or resolve(wanted.label)
        _add(strengths, code, Source("field", RANKED.get(wanted.rank, 0.6)))
    for code in accepted:
        _add(strengths, code, Source("desk", DESK_STRENGTH))
    for keyword in keywords:
        _add(strengths, resolve(keyword), Source("keyword", KEYWORD_STRENGTH, (keyword,)))
    given = set(strengths)
    per_axis = Counter(terms()[code].axis for code in given)
    for code, strength in ranked_fields(clues, set(ignored) - given, LONELY):
        axis = terms()[code].axis
        room = PER_AXIS if strength >= LIKELY else 1
        if code not in given and per_axis[axis] >= room:
            continue
        per_axis[axis] += code not in given
        for source in _found(code, strength * FOUND_COUNTS, clues):
            _add(strengths, code, source)
    return _weighed(strengths)


def _add(strengths: dict[str, list[Source]], code: str, source: Source) -> None:
    if code in terms() and source.kind not in {s.kind for s in strengths.get(code, ())}:
        strengths.setdefault(code, []).append(source)


def _found(code: str, strength: float, clues: Clues) -> list[Source]:
    """The clues that carry a field which was found, the plainest first."""
    found = []
    if clues.mentions.get(code):
        found.append(Source("text", strength, clues.words.get(code, ())))
    elif clues.nearness is not None and clues.nearness.get(code, 0.0) > 1:
        found.append(Source("meaning", strength))
    if clues.similar.get(code, 0.0) >= 0.1:
        found.append(Source("similar", strength, (), clues.requests.get(code, ())))
    return found or [Source("meaning", strength)]


def _weighed(strengths: Mapping[str, Sequence[Source]]) -> tuple[Need, ...]:
    """Needs with the strongest source as weight, made to add up to 1."""
    strongest = {code: max(s.strength for s in sources) for code, sources in strengths.items()}
    total = sum(strongest.values())
    needs = [
        Need(code, terms()[code].axis, strongest[code] / total, tuple(sources))
        for code, sources in strengths.items()
    ]
    return tuple(sorted(needs, key=lambda n: (AXES.index(n.axis), -n.weight, n.code)))
