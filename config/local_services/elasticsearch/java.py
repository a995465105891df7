"""Which Java runs the search server: the newest one found, because it builds vectors faster."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.local_services.supervisor import ProgramFailed

OLDEST = 17
FOLDERS = ("/usr/lib/jvm", "/usr/java", "/opt/java", "/Library/Java/JavaVirtualMachines")
ADVICE = "Debian: apt-get install default-jre-headless; or name one in ES_JAVA_HOME"


@dataclass(frozen=True, order=True)
class Java:
    """A Java runtime: its version as numbers and as it calls itself, and its home."""

    numbers: tuple[int, ...]
    home: Path
    version: str

    @property
    def major(self) -> int:
        return self.numbers[0] if self.numbers else 0


def newest_java(
    environment: Mapping[str, str] = os.environ,
    folders: tuple[str | Path, ...] = FOLDERS,
    bundled: Path | None = None,
) -> Java:
    """The runtime of ES_JAVA_HOME alone, else the newest of the usual places.

    Raises ProgramFailed when there is none, or only ones that are too old.
    """
    if named := environment.get("ES_JAVA_HOME", "").strip():
        java = _java(Path(named))
        if java is None:
            raise ProgramFailed(f"ES_JAVA_HOME: {named} holds no Java (bin/java is missing)")
        return _new_enough(java)
    found = [java for home in _homes(environment, folders, bundled) if (java := _java(home))]
    if not found:
        raise ProgramFailed(f"Elasticsearch needs Java {OLDEST} or newer; none was found. {ADVICE}")
    return _new_enough(max(found))


def _new_enough(java: Java) -> Java:
    if java.major < OLDEST:
        raise ProgramFailed(
            f"Elasticsearch needs Java {OLDEST} or newer; "
            f"the newest found is {java.version} in {java.home}. {ADVICE}"
        )
    return java


def _homes(
    environment: Mapping[str, str], folders: tuple[str | Path, ...], bundled: Path | None
) -> Iterator[Path]:
    if bundled is not None:
        yield bundled
    if named := environment.get("JAVA_HOME", "").strip():
        yield Path(named)
    if path := shutil.which("java", path=environment.get("PATH", os.defpath)):
        yield Path(path).resolve().parent.parent
    for folder in folders:
        for entry in sorted(Path(folder).glob("*")):
            yield entry
            yield entry / "Contents" / "Home"


def _java(home: Path) -> Java | None:
    """The runtime in this folder; its version from its own note, else by asking it."""
    home = home.resolve()
    binary = home / "bin" / "java"
    if not os.access(binary, os.X_OK):
        return None
    version = _noted(home) or _asked(binary)
    return Java(tuple(map(int, re.findall(r"\d+", version)[:4])), home, version)


def _noted(home: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        found = re.search(r'^JAVA_VERSION="([^"]+)"', (home / "release").read_text(), re.M)
        return found[1] if found else ""
    return ""


def _asked(binary: Path) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        words = [str(binary), "-version"]
        answer = subprocess.run(words, capture_output=True, text=True, timeout=20).stderr
        found = re.search(r'version "([^"]+)"', answer)
        return found[1] if found else ""
    return ""
