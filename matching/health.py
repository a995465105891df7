"""Whether the parts of matching can work: asked by /readyz, the status page and the worker."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.encoders import encoder_set_fingerprint, encoders_in_use
from matching.engines import active_engine
from matching.services import index_check


def encoder_status() -> dict[str, Any]:
    """Load the encoders and embed a word with each: {ok, fingerprint, encoders} or {ok, error}."""
    try:
        encoders = encoders_in_use()
        for encoder in encoders:
            vector = encoder.encode_queries(["서울 Seoul"])
            if vector.shape != (1, encoder.dims) or not np.isfinite(vector).all():
                return {"ok": False, "error": f"{encoder.name} gives no usable vector"}
    except Exception as error:  # whatever a model raises, the page must say it
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}
    return {
        "ok": True,
        "fingerprint": encoder_set_fingerprint(encoders),
        "encoders": {encoder.name: encoder.fingerprint for encoder in encoders},
    }


def engine_status() -> dict[str, Any]:
    """Ask the engine: {ok, documents, …} or {ok, error}.

    Where another engine stands in it is well, and ``stands_in`` and ``problem`` say so; ``check``
    holds the figures of the last comparison of database and index.
    """
    status = active_engine().status()
    if not status.ok:
        return {"ok": False, "error": status.detail}
    found: dict[str, Any] = {"ok": True, "documents": status.documents}
    if status.stands_in:
        found |= {"stands_in": status.stands_in, "problem": status.detail}
    if report := index_check.last_report():
        found["check"] = report
    return found
