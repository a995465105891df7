"""What an index looks like, and its names.

Every index is named by a fingerprint of what its content depends on: mapping, analyser, encoders,
background and the numbers of BM25. Searches ask for the alias of their own fingerprint, so they
never read an index that was made for another one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from matching.analysis import analyser_version
from matching.conf import setting
from matching.engines.base import Context

LAYOUT = 2  # raise it when documents are written in another way
#: vectors of a shard up to which an exact quantised scan is taken (docs/search_engines.md)
FLAT_UP_TO = 600_000
EXPERTS_PER_SHARD = 500_000
WORDS = "words"
#: experts lie in this order, so that those whom a search may find lie together: it reads on without
#: stopping at each (decision 0098). The number is the day until which somebody is eligible.
UNTIL = "eligible_until"
ORDER = ("language", f"numbers.{UNTIL}")
#: late writes of a deleted document are recognised for so long
REMEMBER_DELETED = "1h"


def vector_field(encoder: str) -> str:
    """Field of an encoder's vectors; names of models hold characters that fields may not."""
    return "vector_" + hashlib.blake2b(encoder.encode(), digest_size=6).hexdigest()


def word_feature(token: int) -> str:
    """Name of a token in the field of words."""
    return format(token & 0xFFFFFFFFFFFFFFFF, "016x")


def fields(context: Context) -> dict[str, Any]:
    """Mapping of everything but the vectors' way of being searched."""
    vectors = {
        vector_field(e.name): {
            "type": "dense_vector",
            "dims": e.dims,
            "index": True,
            "similarity": "max_inner_product",
        }
        for e in context.encoders
    }
    return {
        "expert_id": {"type": "long"},
        "sequence": {"type": "long"},
        #: hash of id and sequence, for comparing ranges by a sum
        "mark": {"type": "integer", "index": False},
        "language": {"type": "keyword"},
        "tags": {"type": "keyword"},
        "facts": {"type": "keyword"},
        "numbers": {
            "type": "object",
            "dynamic": True,
            "properties": {UNTIL: {"type": "long"}},
        },
        WORDS: {"type": "sparse_vector"},
        **vectors,
    }


def fingerprint(context: Context) -> str:
    """Short hash of what the content of an index depends on."""
    facts = {
        "layout": LAYOUT,
        "fields": fields(context),
        "analyser": analyser_version(),
        "encoders": sorted((e.name, e.fingerprint, e.dims) for e in context.encoders),
        "background": context.background.version,
        "bm25": [context.scoring.k1, context.scoring.b],
    }
    return hashlib.blake2b(json.dumps(facts).encode(), digest_size=6).hexdigest()


def shards_for(experts: int) -> int:
    """Shards of an index for so many experts, unless the settings name a number."""
    return int(setting("ELASTICSEARCH_SHARDS")) or max(1, -(-experts // EXPERTS_PER_SHARD))


def vector_options(experts: int, shards: int) -> dict[str, Any]:
    """Exact quantised scan, or a graph where a shard holds more than a scan can read in time."""
    wish = setting("ELASTICSEARCH_VECTOR_INDEX")
    if wish == "graph" or (wish == "auto" and experts / shards > FLAT_UP_TO):
        return {"type": "int8_hnsw", "m": 16, "ef_construction": 100}
    return {"type": "int8_flat"}


def body(context: Context, experts: int) -> dict[str, Any]:
    """Settings and mapping of a new index that is about to be filled with so many experts."""
    shards = shards_for(experts)
    mapping = fields(context)
    for described in mapping.values():
        if described["type"] == "dense_vector":
            described["index_options"] = vector_options(experts, shards)
    return {
        "settings": {
            "number_of_shards": shards,
            **copies(),  # from the start: filling goes on when a node dies
            "refresh_interval": "-1",
            "gc_deletes": REMEMBER_DELETED,
            "sort.field": list(ORDER),
            "sort.order": ["desc"] * len(ORDER),
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"excludes": [WORDS, "vector_*"]},
            "dynamic_templates": [
                {"numbers": {"path_match": "numbers.*", "mapping": {"type": "long"}}}
            ],
            "properties": mapping,
        },
    }


def copies() -> dict[str, Any]:
    """How many copies of an index there are on other nodes."""
    replicas = str(setting("ELASTICSEARCH_REPLICAS"))
    if "-" in replicas:
        return {"auto_expand_replicas": replicas}
    return {"number_of_replicas": int(replicas)}


def loaded_settings() -> dict[str, Any]:
    """Settings of an index once it is filled."""
    return {"refresh_interval": "1s"}


class Names:
    """Names of indices and aliases below a prefix."""

    def __init__(self, prefix: str) -> None:
        self._stem = f"{prefix}-experts"

    def read(self, mark: str) -> str:
        """Alias that searches of this fingerprint ask."""
        return f"{self._stem}-{mark}"

    @property
    def write(self) -> str:
        """Alias of every index that takes changes: the live one and the one being filled."""
        return f"{self._stem}-write"

    def index(self, mark: str, moment: str) -> str:
        return f"{self._stem}-{mark}-{moment}"

    @property
    def every(self) -> str:
        """Pattern of all indices."""
        return f"{self._stem}-*-*"

    def mark_of(self, index: str) -> str:
        """Fingerprint in the name of an index."""
        return index.removeprefix(f"{self._stem}-").partition("-")[0]
