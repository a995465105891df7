"""Problems and answers as .npz files."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.allocation.kinds import ProblemError
from matching.allocation.problem import Problem, from_dense

NEEDED = ("scores", "seats", "capacity")
OPTIONAL = ("forbidden", "groups", "group_least", "group_most")
_UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error,
    NotImplementedError, RuntimeError, SyntaxError,
)  # fmt: skip


def read_problem(path: Path) -> Problem:
    """The problem in a file: scores (requests × experts), seats, capacity; if wanted forbidden
    pairs, and groups (groups × experts) with group_least, group_most (groups × requests).

    Raises ``ProblemError`` with one sentence that names the array at fault.
    """
    arrays = _arrays(path)
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        there = ", ".join(sorted(arrays)) or "nothing"
        text = f"{path}: no array {', '.join(missing)} (there is {there})"
        raise ProblemError("missing", text)
    bounds = [name for name in ("group_least", "group_most") if name in arrays]
    if ("groups" in arrays) != bool(bounds):
        text = f"{path}: groups (groups × experts) needs group_least or group_most beside it"
        raise ProblemError("missing", text if "groups" in arrays else f"{text}, and they need it")
    return from_dense(
        arrays["scores"],
        arrays["seats"],
        arrays["capacity"],
        arrays.get("forbidden"),
        **{name: arrays[name] for name in ("groups", *bounds) if name in arrays},
    )


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise ProblemError("no_file", f"there is no file {path}")
    try:
        with path.open("rb") as source:
            if source.read(4)[:2] not in (b"PK", np.lib.format.MAGIC_PREFIX[:2]):
                raise ValueError("it is no such archive")  # np.load would speak of pickles
            source.seek(0)
            data = np.load(source, allow_pickle=False)
            if not isinstance(data, np.lib.npyio.NpzFile):
                text = f"{path}: one array instead of an .npz archive with {', '.join(NEEDED)}"
                raise ProblemError("type", text)
            return {name: data[name] for name in (*NEEDED, *OPTIONAL) if name in data}
    except ProblemError:
        raise
    except _UNREADABLE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ProblemError("unreadable", f"{path}: cannot be read as .npz ({reason})") from None


def write_answer(path: Path, **arrays: Any) -> None:
    """Write the arrays; the file appears whole or not at all."""
    with NamedTemporaryFile(dir=path.parent, prefix=".answer-", delete=False) as target:
        try:
            np.savez_compressed(target, **arrays)
            target.flush()
            Path(target.name).chmod(0o644)
            os.replace(target.name, path)  # noqa: PTH105 - the same call, and it says what it does
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
