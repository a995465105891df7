"""The archive of a search server: checked, unpacked once, shared by every process that wants it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.local_services.supervisor import ProgramFailed

VARIABLE = "ELASTICSEARCH_ARCHIVE"
OLDEST = (8, 19)
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Distribution:
    """An unpacked server that nobody writes to; every node has folders of its own."""

    home: Path
    version: tuple[int, int, int]

    @property
    def start(self) -> Path:
        return self.home / "bin" / "elasticsearch"

    def has(self, module: str) -> bool:
        """Whether this build brings a module; the small builds lack most of them."""
        return (self.home / "modules" / module).is_dir()


def named_archive(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The archive of ELASTICSEARCH_ARCHIVE; relative paths count from where the person stands."""
    named = environment.get(VARIABLE, "").strip()
    if not named:
        return None
    return Path(environment.get("CALLER") or Path.cwd(), Path(named).expanduser()).absolute()


def unpacked(archive: Path, cache: Path) -> Distribution:
    """The archive's server below `cache`. Several processes may ask at once: one unpacks.

    Raises ProgramFailed with a line for people when the archive cannot be used.
    """
    mark = _checked(archive)
    home = cache / mark
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{mark}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _complete(home):
            _unpack(archive, home)
    return _distribution(archive, home)


def _checked(archive: Path) -> str:
    """The mark of this archive's content, compared with SHA256SUMS beside it where there is one."""
    if not archive.is_file():
        what = "is not a file" if archive.exists() else "does not exist"
        raise ProgramFailed(f"{VARIABLE}: {archive} {what}")
    try:
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ProgramFailed(f"{VARIABLE}: {archive} cannot be read: {error.strerror}") from None
    if digest != _promised(archive, digest):
        raise ProgramFailed(
            f"{VARIABLE}: {archive} is damaged: its checksum is not the one in {SUMS} beside it"
        )
    return digest[:16]


def _promised(archive: Path, otherwise: str) -> str:
    """The checksum that the file beside the archive names for it."""
    with suppress(OSError, UnicodeDecodeError):
        for line in archive.with_name(SUMS).read_text().splitlines():
            digest, _space, name = line.partition(" ")
            if name.strip(" *") == archive.name:
                return digest.lower()
    return otherwise


def _complete(home: Path) -> bool:
    """Whether it is there; temporary folders lose old files to cleaners."""
    return (home / "bin" / "elasticsearch").is_file() and (home / "unpacked").is_file()


def _unpack(archive: Path, home: Path) -> None:
    """Into a draft first: a server appears under its name only when it is complete."""
    draft = home.with_name(f"{home.name}.new")
    for folder in (draft, home):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        _extract(archive, draft)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, ValueError, RuntimeError):
        shutil.rmtree(draft, ignore_errors=True)
        raise ProgramFailed(
            f"{VARIABLE}: {archive} is not a complete zip or tar.gz archive; fetch it again"
        ) from None
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise ProgramFailed(f"{VARIABLE}: unpacking to {home.parent}: {error.strerror}") from None
    inner = [path for path in draft.iterdir() if (path / "bin" / "elasticsearch").is_file()]
    if len(inner) != 1:
        shutil.rmtree(draft, ignore_errors=True)
        raise ProgramFailed(f"{VARIABLE}: {archive} holds no Elasticsearch server")
    (inner[0] / "unpacked").touch(mode=0o644)
    inner[0].rename(home)
    shutil.rmtree(draft)


def _extract(archive: Path, draft: Path) -> None:
    """Everybody may read what comes out, whatever the umask: another account will run it."""
    draft.mkdir(parents=True)
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as source:
            source.extractall(draft)  # compares the checksum of every file
            _make_executable(source, draft)
    else:
        with tarfile.open(archive) as source_tar:
            source_tar.extractall(draft, filter="data")
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _make_executable(source: zipfile.ZipFile, draft: Path) -> None:
    """The zip module itself forgets what may be run."""
    for entry in source.infolist():
        if entry.external_attr >> 16 & 0o100 or "/bin/" in entry.filename:
            (draft / entry.filename).chmod(0o755)


def _distribution(archive: Path, home: Path) -> Distribution:
    """Raises ProgramFailed for a version that the client does not speak to."""
    found = [
        re.fullmatch(r"elasticsearch-(\d+)\.(\d+)\.(\d+)\.jar", path.name)
        for path in (home / "lib").glob("elasticsearch-*.jar")
    ]
    versions = [(int(m[1]), int(m[2]), int(m[3])) for m in found if m]
    if not versions:
        raise ProgramFailed(f"{VARIABLE}: {archive} holds no Elasticsearch server")
    if versions[0] < OLDEST:
        shown = ".".join(map(str, versions[0]))
        raise ProgramFailed(f"{VARIABLE}: {archive} is version {shown}; 8.19 or newer is needed")
    return Distribution(home, versions[0])
