"""The search server of one data folder, started from the archive that a variable names."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.local_services.addresses import Addresses
from config.local_services.elasticsearch.archive import VARIABLE, named_archive, unpacked
from config.local_services.elasticsearch.java import newest_java
from config.local_services.elasticsearch.node import Account, Node
from config.local_services.folders import make_private
from config.local_services.supervisor import ProgramFailed, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent.parent
READY_WITHIN = 180  # seconds; 15 on a quiet machine with two processors


class Elasticsearch:
    """Nodes of one data folder. Root hands them to an account without rights.

    That account must be able to reach program and data: below a closed folder both move to a
    place under the temporary directory that follows from the data folder.
    """

    def __init__(self, data: Path, archive: Path, *, heap: str = "") -> None:
        self.account = _account()
        self.folder = _reachable(data / "elasticsearch", self.account)
        self.distribution = unpacked(archive, _reachable_cache(self.account))
        self.java = newest_java(bundled=self.distribution.home / "jdk")
        self.heap = heap or os.environ.get("ELASTICSEARCH_HEAP", "").strip() or "512m"

    def node(self, name: str = "node-1", settings: Mapping[str, Any] | None = None) -> Node:
        """One node, not started; its address is already known."""
        return Node(
            folder=self.folder / name,
            distribution=self.distribution,
            java=self.java,
            account=self.account,
            name=name,
            heap=self.heap,
            settings=settings or {},
        )


def start_within(manager: Supervisor, addresses: Addresses) -> str:
    """Start the server of a data folder, without waiting. Returns its address.

    Raises ProgramFailed when no archive is named or it cannot be used.
    """
    archive = named_archive()
    if archive is None:
        raise ProgramFailed(
            f"SEARCH_ENGINE=elasticsearch: name a running server in ELASTICSEARCH_URL, "
            f"or in {VARIABLE} the archive to start one from"
        )
    node = Elasticsearch(addresses.data, archive).node()
    manager.start(node.program())
    addresses.elasticsearch_address.write_text(node.url)
    return node.url


def _account() -> Account | None:
    """Elasticsearch refuses to run as root; `nobody` owns nothing else of the machine."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _reachable(wanted: Path, account: Account | None) -> Path:
    """The wanted folder, or a private one of the temporary directory, made for this account."""
    wanted.mkdir(parents=True, exist_ok=True)
    if account is None or _reaches(account, wanted.parent.resolve()):
        make_private(wanted, account)
        return wanted
    mark = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    own = Path(tempfile.gettempdir()) / f"bridge-{os.getuid()}-{mark}-elasticsearch"
    make_private(own, account)
    return own


def _reachable_cache(account: Account | None) -> Path:
    """Where programs are unpacked: owned by us, readable for the account that runs them."""
    wanted = ROOT / "var" / "cache" / "elasticsearch"
    if os.access(ROOT, os.W_OK):
        wanted.mkdir(parents=True, exist_ok=True)
        if account is None or _reaches(account, wanted):
            return wanted
    shared = Path(tempfile.gettempdir()) / f"bridge-{os.getuid()}-elasticsearch"
    shared.mkdir(exist_ok=True, mode=0o755)
    if shared.is_symlink() or shared.stat().st_uid != os.geteuid():
        raise ProgramFailed(f"{shared} belongs to another account; remove it first")
    return shared


def _reaches(account: Account, folder: Path) -> bool:
    """Whether this account may enter the folder and all above it."""
    return all(_enters(account, path.stat()) for path in (folder, *folder.parents))


def _enters(account: Account, facts: os.stat_result) -> bool:
    user, group = account
    if facts.st_uid == user:
        return bool(facts.st_mode & stat.S_IXUSR)
    if facts.st_gid == group:
        return bool(facts.st_mode & stat.S_IXGRP)
    return bool(facts.st_mode & stat.S_IXOTH)
