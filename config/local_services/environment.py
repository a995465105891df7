"""Prepare the checkout's own Python environment; only the standard library is there yet.

    python3 config/local_services/environment.py run        what the site needs
    python3 config/local_services/environment.py run dev    and what tests and checks need
    python3 config/local_services/environment.py clean      remove everything that was made here
    python3 config/local_services/environment.py requirements   print what the site needs

Packages are installed only when pyproject.toml or constraints.txt have changed since the last time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
LOG = ROOT / "var" / "log" / "install.log"
OLDEST = (3, 11)
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis")


def main(words: list[str]) -> None:
    """Run one of the commands above."""
    signal.signal(signal.SIGINT, interrupted)  # also where SIGINT was inherited as ignored
    signal.signal(signal.SIGTERM, interrupted)
    if words == ["clean"]:
        clean()
    elif words == ["requirements"]:
        print("\n".join(requirements(sys.executable, {"run"})))
    elif words in (["run"], ["run", "dev"]):
        prepare(set(words))
    else:
        sys.exit(__doc__)


def interrupted(number: int, _frame: object) -> None:
    """End at once; the installer in its own session is told by `call`."""
    raise SystemExit(128 + number)


def prepare(wanted: set[str]) -> None:
    """Create the environment and install what is missing or has changed."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with (LOG.parent / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once: the second one waits
        state = fingerprint()
        done = installed(state)
        if not wanted <= done:
            install(wanted | done, state)


def fingerprint() -> str:
    """Changes when the wanted packages, their versions or the place of the checkout change."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    dependencies = parts[0].split(b"[tool.", 1)[0]
    return hashlib.sha256(b"\0".join([dependencies, parts[1], os.fsencode(ROOT)])).hexdigest()


def installed(state: str) -> set[str]:
    """The sets of packages that are there in the wanted versions."""
    try:
        known, *sets = STAMP.read_text().split()
    except (FileNotFoundError, ValueError):
        return set()
    return set(sets) if known == state and PYTHON.exists() else set()


def install(sets: set[str], state: str) -> None:
    """Install the named sets of packages; the stamp appears only when all went well."""
    STAMP.unlink(missing_ok=True)
    started = time.monotonic()
    say(f"installing the Python packages, once (details: {LOG.relative_to(ROOT)})")
    with LOG.open("wb") as log:
        if not usable(PYTHON):
            shutil.rmtree(VENV, ignore_errors=True)
            call([python(), "-m", "venv", str(VENV)], log)
        words = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        words += ["--no-compile", "--progress-bar=off", "-c", str(ROOT / "constraints.txt")]
        call([*words, *requirements(str(PYTHON), sets)], log)
    STAMP.write_text(" ".join([state, *sorted(sets)]))
    say(f"installed in {time.monotonic() - started:.0f} s")


def requirements(interpreter: str, sets: set[str]) -> list[str]:
    """The dependencies that pyproject.toml names for these sets."""
    code = (
        "import sys, tomllib; p = tomllib.load(open(sys.argv[1], 'rb'))['project']; "
        "print('\\n'.join(p['dependencies'] + [d for s in sys.argv[2:] "
        "for d in p['optional-dependencies'].get(s, [])]))"
    )
    words = [interpreter, "-c", code, str(ROOT / "pyproject.toml"), *sorted(sets - {"run"})]
    return subprocess.check_output(words, text=True).split("\n")[:-1]


def python() -> str:
    """An interpreter that is new enough and can make environments."""
    names = [sys.executable, "python3", *(f"python3.{minor}" for minor in range(11, 16))]
    for name in names:
        path = shutil.which(name)
        if path and usable(Path(path)):
            return path
    sys.exit(
        "Python 3.11 or later with its venv module is needed "
        "(Debian: apt-get install python3 python3-venv)."
    )


def usable(path: Path) -> bool:
    """Whether this interpreter exists, is new enough and has `venv` and `ensurepip`."""
    code = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.call([path, "-c", code], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def call(words: list[str], log: BinaryIO) -> None:
    """Run a command into the log; ends this program with the log's last lines when it fails."""
    parent = os.getppid()
    child = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
    try:
        while child.poll() is None:
            time.sleep(0.05)
            if os.getppid() != parent:  # make itself was ended
                raise SystemExit(1)
    except SystemExit:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait()
        raise
    if child.returncode:
        lines = LOG.read_text(errors="replace").splitlines()[-15:]
        sys.exit("\n".join([*lines, f"installation failed; all of it is in {LOG}"]))


def clean() -> None:
    """Remove the environment, the data and every cache. Refuses while the site runs."""
    for path in (ROOT / "var").glob("**/lock"):
        with path.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit(f"{path.parent} is in use: stop the site or the tests first")
    for name in (".venv", "var", *CACHES):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for path in (ROOT / "locale").glob("*/LC_MESSAGES/*.mo"):
        path.unlink()


def say(text: str) -> None:
    print(f"    setup | {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
