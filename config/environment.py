"""Typed reading of settings from the environment.

A wrong value ends the program with one line that names the variable, what is wrong with it and
what would be right, never with a traceback.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any
from urllib.parse import urlsplit

import environ


class ConfigurationError(SystemExit):
    """A setting cannot be used; the process ends with this one line and exit status 1."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"configuration error: {name}: {problem}")


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default it must be set and not blank."""
    value = os.environ.get(name, "").strip()
    if value.strip(", "):
        return value
    if default is None:
        raise ConfigurationError(name, "must be set")
    return default


def flag(name: str, default: bool) -> bool:
    """A yes/no variable: 1/0, true/false, yes/no, on/off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ConfigurationError(name, f"{value!r} is neither yes nor no; use 1 or 0")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """A whole number between `least` and `most`, both allowed."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ConfigurationError(name, f"{value!r} is not a whole number from {least} to {most}")
    return int(value)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed words."""
    value = text(name, default)
    if value not in allowed:
        raise ConfigurationError(name, f"{value!r} is unknown; use one of {', '.join(allowed)}")
    return value


def pattern(name: str, default: str, form: str, described: str) -> str:
    """A text of one form; the description says which."""
    value = text(name, default)
    if not re.fullmatch(form, value):
        raise ConfigurationError(name, f"{value!r} is not {described}")
    return value


def items(name: str, default: list[str] | None = None) -> list[str]:
    """A comma-separated list without blanks; without a default it must name something."""
    value = text(name, None if default is None else ",".join(default))
    return [part.strip() for part in value.split(",") if part.strip()]


def entries(name: str, default: list[str]) -> list[Any]:
    """A comma-separated list, or the same list as JSON where its entries say more than a name."""
    value = text(name, ",".join(default))
    if not value.startswith(("[", "{")):
        return items(name, default)
    try:
        found = json.loads(value)
    except ValueError as error:
        raise ConfigurationError(name, f"begins like JSON and is none: {error}") from None
    return found if isinstance(found, list) else [found]


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """Django's connection settings from `postgresql://user:password@host:port/name`.

    A server on a socket is written `postgresql://user@/name?host=/folder/of/the/socket`.
    """
    url = text(name, default)
    shown = without_password(url)
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ConfigurationError(name, f"{shown!r} is not a postgresql:// address")
    try:
        settings = dict(environ.Env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured):
        raise ConfigurationError(name, f"{shown!r} cannot be read as an address") from None
    options = settings.setdefault("OPTIONS", {})
    settings["HOST"] = options.pop("host", settings.get("HOST", ""))
    options.setdefault("connect_timeout", 4)  # seconds; the driver alone would wait two minutes
    if not settings.get("NAME"):
        raise ConfigurationError(name, f"{shown!r} names no database")
    return settings


def broker(name: str, default: str | None = None) -> str:
    """A Redis or Valkey address that Celery understands."""
    url = text(name, default)
    if urlsplit(url).scheme not in {"redis", "rediss", "redis+socket"}:
        problem = (
            f"{without_password(url)!r} is not a redis://, rediss:// or redis+socket:// address"
        )
        raise ConfigurationError(name, problem)
    return url


def cache_address(broker_url: str) -> str:
    """The broker's server as the cache client writes its address, second database."""
    parts = urlsplit(broker_url)
    if parts.scheme == "redis+socket":
        return f"unix://{parts.path}?db=1"
    return parts._replace(path="/1").geturl()


def without_password(url: str) -> str:
    """The address fit for a message: credentials replaced."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return parts._replace(netloc="***@" + parts.netloc.rpartition("@")[2]).geturl()
