"""Folders for servers: private, and owned by the account that the server runs as."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from config.local_services.supervisor import ProgramFailed


def make_private(folder: Path, account: tuple[int, int] | None = None) -> None:
    """Create the folder for one account alone. Raises ProgramFailed when it is someone else's.

    The check matters for folders under the shared temporary directory.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = folder.stat().st_uid
    wanted = account[0] if account else os.geteuid()
    if folder.is_symlink() or owner not in {wanted, os.geteuid()}:
        raise ProgramFailed(f"{folder} belongs to another account; remove it first")
    if account and owner != wanted:
        os.chown(folder, *account)
    with suppress(PermissionError):
        folder.chmod(0o700)


class FolderLock:
    """One manager per data folder. The kernel drops the lock with the process that holds it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock, or return False when another process has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._file = handle
        return True

    @property
    def holder(self) -> str:
        """The process id that the current holder wrote, for messages."""
        return self.path.read_text().strip() or "unknown"

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def first_free(parent: Path) -> FolderLock:
    """The lock of the first numbered folder that nobody works in, so that several may at once."""
    locks = (FolderLock(parent / str(number)) for number in count(1))
    return next(lock for lock in locks if lock.acquire())
