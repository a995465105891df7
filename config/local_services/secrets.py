"""The signing key of an installation that was given none."""

import secrets
from pathlib import Path


def local_secret(data: Path) -> str:
    """A random key, made on first use and kept in the data folder, readable by its owner only."""
    path = data / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(60))
    try:
        path.hardlink_to(draft)  # fails when another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
