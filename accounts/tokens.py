"""Secrets in links: only their digests are stored."""

import hashlib
import secrets


def new_token() -> str:
    """A link's secret: 256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a secret. Random secrets need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
