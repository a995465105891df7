"""How to reach a search cluster, read from the environment; a wrong value is one clear line."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import environment as env

URL = "ELASTICSEARCH_URL"


def elasticsearch_settings(noted: str = "", *, needed: bool = False) -> dict[str, Any]:
    """Hosts, credentials and authority of the cluster, as the engine wants them.

    noted: address of a server that was started locally, used where no variable names one.
    needed: whether there must be an address. Raises ConfigurationError.
    """
    settings = {
        "hosts": _hosts(noted, needed),
        "user": env.text("ELASTICSEARCH_USER", ""),
        "password": os.environ.get("ELASTICSEARCH_PASSWORD", ""),
        "api_key": env.text("ELASTICSEARCH_API_KEY", ""),
        "ca": _authority(),
        "prefix": _prefix(),
        "timeout": env.number("ELASTICSEARCH_TIMEOUT", 3, least=1, most=60),  # seconds
    }
    _check(settings)
    return settings


def _hosts(noted: str, needed: bool) -> list[str]:
    hosts = [_host(item) for item in env.items(URL, [noted] if noted else [])]
    if needed and not hosts:
        problem = "must name the nodes when SEARCH_ENGINE is elasticsearch, as http://host:9200; "
        problem += "`make run` can start a server from ELASTICSEARCH_ARCHIVE instead"
        raise env.ConfigurationError(URL, problem)
    if len({urlsplit(host).scheme for host in hosts}) > 1:
        raise env.ConfigurationError(URL, "mixes http:// and https://; use one for all nodes")
    return hosts


def _host(text: str) -> str:
    """One node's address, complete and without credentials, which have variables of their own."""
    shown = env.without_password(text)
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"}:
        raise env.ConfigurationError(URL, f"{shown!r} is not an http:// or https:// address")
    if "@" in parts.netloc:
        problem = f"{shown!r} holds a password; use ELASTICSEARCH_USER and ELASTICSEARCH_PASSWORD"
        raise env.ConfigurationError(URL, problem)
    try:
        complete = bool(parts.hostname and parts.port)
    except ValueError:
        complete = False
    if not complete:
        raise env.ConfigurationError(URL, f"{shown!r} lacks host or port, as in https://host:9200")
    return text.rstrip("/")


def _authority() -> str:
    """The file with the certificate of the cluster's own authority."""
    named = env.text("ELASTICSEARCH_CA", "")
    if not named:
        return ""
    path = Path(os.environ.get("CALLER") or Path.cwd(), Path(named).expanduser())
    if not path.is_file():
        raise env.ConfigurationError("ELASTICSEARCH_CA", f"{named!r} is not a file")
    return str(path)


def _prefix() -> str:
    prefix = env.text("ELASTICSEARCH_INDEX_PREFIX", "bridge")
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,49}", prefix):
        problem = f"{prefix!r} must begin with a letter and hold only a-z, 0-9, - and _, at most 50"
        raise env.ConfigurationError("ELASTICSEARCH_INDEX_PREFIX", problem)
    return prefix


def _check(settings: dict[str, Any]) -> None:
    """Combinations that cannot work or would not be safe."""
    user, password, key = settings["user"], settings["password"], settings["api_key"]
    if key and (user or password):
        problem = "cannot be used together with ELASTICSEARCH_USER; remove one of them"
        raise env.ConfigurationError("ELASTICSEARCH_API_KEY", problem)
    if user and not password:
        raise env.ConfigurationError("ELASTICSEARCH_PASSWORD", "must be set for ELASTICSEARCH_USER")
    if password and not user:
        raise env.ConfigurationError("ELASTICSEARCH_USER", "must be set for ELASTICSEARCH_PASSWORD")
    plain = [host for host in settings["hosts"] if host.startswith("http://")]
    if settings["ca"] and plain:
        raise env.ConfigurationError("ELASTICSEARCH_CA", f"needs https:// in {URL}")
    if (key or user) and not all(map(_local, plain)):
        problem = "would send the password unencrypted; use https:// for nodes of other machines"
        raise env.ConfigurationError(URL, problem)


def _local(host: str) -> bool:
    name = urlsplit(host).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
