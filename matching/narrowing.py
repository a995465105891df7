"""Which of many candidates are worth loading and scoring exactly.

An engine estimates by one mean vector per expert, so in a large pool it has to propose widely to
miss nobody: an expert's best piece cannot be seen in his mean. Whole documents of so many are dear.
So all are measured over outlines, by the functions that score, and only the best are loaded. What
an outline lacks: what is taken off for the kind of a piece and for being near to everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.conf import setting
from matching.documents import QueryDocument
from matching.engines.base import Context, Engine
from matching.fusion import fuse, order
from matching.signals import Measure
from matching.signals.meaning import dense_outline, lexical_outline
from matching.signals.stacks import Floats, Outlines
from matching.signals.tags import tags_of

AUTO = "auto"
#: candidates in a pool of SMALL, the power of its size by which they grow, and the most
SMALL, LEAST, POWER, MOST = 1_000, 330, 0.3, 1_300
ENOUGH = round(SMALL * (MOST / LEAST) ** (1 / POWER))  # experts from which on there are MOST
FEW = 340  # candidates that are loaded as they are
KEPT, KEPT_PER_LISTED = 80, 3


def depth(engine: Engine) -> int:
    """Candidates: ``MATCHING_CANDIDATES``, or by the size of the pool."""
    wanted = setting("MATCHING_CANDIDATES")
    if wanted != AUTO:
        return int(wanted)
    return min(depth_for(engine.size(ENOUGH)), engine.most)


def depth_for(size: int) -> int:
    """330 up to 1,000 experts, 660 for 10,000, 1,300 for 100,000 (decision 0098)."""
    return min(round(LEAST * max(size / SMALL, 1.0) ** POWER), MOST)


def narrowed(
    query: QueryDocument,
    ids: Sequence[int],
    engine: Engine,
    context: Context,
    limit: int | None = None,
) -> list[int]:
    """The most promising of the candidates, ascending; all of them where they are few, or where
    no ``limit`` says how many will be listed."""
    kept = max(KEPT, KEPT_PER_LISTED * limit) if limit is not None else len(ids)
    if len(ids) <= max(FEW, kept):
        return sorted(ids)
    encoders = [e for e in context.encoders if e.name in query.vectors]
    found = engine.outlines(ids, encoders, query.year, context)
    best = order(first_look(query, found, context), found.ids)[:kept]
    return sorted(found.ids[best].tolist())


def first_look(query: QueryDocument, outlines: Outlines, context: Context) -> Floats:
    """The fused value as far as the outlines tell it."""
    measure = Measure(context.encoders, context.background, context.scoring)
    signals = {
        "dense": dense_outline(query, outlines, measure),
        "lexical": lexical_outline(query, outlines, measure),
        "tags": tags_of(query, outlines.tags, context.background),
    }
    return np.asarray(fuse(signals, context.scoring))
