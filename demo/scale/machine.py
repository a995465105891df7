"""The machine beside the figures: what it is, how fast its memory is, what processes take."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psutil
from django.db import connection

MIB = 2**20


def facts() -> dict[str, Any]:
    """Processor, cores, memory and versions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), extversion FROM pg_extension"
                       " WHERE extname = 'vector'")  # fmt: skip
        postgres, pgvector = cursor.fetchone() or ("", "")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "postgresql": postgres,
        "pgvector": pgvector,
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def bandwidth(mib: int = 256) -> dict[str, float]:
    """GB a second by one thread: reading (a matrix times a vector) and copying; best of five."""
    width = 384
    matrix = np.ones((mib * MIB // 4 // width, width), np.float32)
    vector, other = np.ones(width, np.float32), np.empty_like(matrix)
    read = min(_seconds(lambda: matrix @ vector) for _ in range(5))
    copied = min(_seconds(lambda: np.copyto(other, matrix)) for _ in range(5))
    return {"read": matrix.nbytes / read / 1e9, "copy": 2 * matrix.nbytes / copied / 1e9}


def _seconds(work: Any) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def memory(search_pid: int | None = None) -> dict[str, float]:
    """MiB of this process, of PostgreSQL with all its processes, and of the search server.

    What processes share is divided among them (PSS).
    """
    found = {"python": _mib([psutil.Process()])}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone() or (0,)
    if psutil.pid_exists(pid) and (head := psutil.Process(pid).parent()):
        found["postgres"] = _mib([head, *head.children(recursive=True)])
    if search_pid and psutil.pid_exists(search_pid):
        found["search server"] = _mib([psutil.Process(search_pid)])
    return found


def _mib(processes: list[psutil.Process]) -> float:
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return round(total / MIB, 1)


def disk() -> dict[str, float]:
    """MiB of the database, and of each table of more than one MiB with its indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (whole,) = cursor.fetchone() or (0,)
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND pg_total_relation_size(oid) > %s ORDER BY 2 DESC LIMIT 12",
            [MIB],
        )
        tables = {name: round(size / MIB, 1) for name, size in cursor.fetchall()}
    return {"database": round(whole / MIB, 1), **tables}
