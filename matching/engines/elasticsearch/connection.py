"""The client of the search cluster, one per process, made from ``settings.ELASTICSEARCH``.

Keys: hosts (list), user and password or api_key, ca (path of the authority's certificate), prefix
(of index names), timeout (seconds a search may take).
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from elastic_transport import Serializer, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from matching.engines.elasticsearch.errors import SearchClusterError, understood

TIMEOUT = 3.0  # seconds of a search
SLOW = 120.0  # seconds of a bulk request or of making an index
#: content type of documents; the compatible form is understood by servers 8.19 and 9.x
SMILE = "application/vnd.elasticsearch+smile"
OLDEST_MINOR = 19  # of server 8; every 9.x is accepted


@dataclass(frozen=True)
class Address:
    """Where the cluster is and who we are there."""

    hosts: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    ca: str = ""
    prefix: str = "bridge"
    timeout: float = TIMEOUT

    @classmethod
    def configured(cls) -> Address:
        """From the settings; raises SearchClusterError without a host."""
        given: dict[str, Any] = getattr(settings, "ELASTICSEARCH", None) or {}
        hosts = tuple(given.get("hosts") or ())
        if not hosts:
            raise SearchClusterError("settings")
        return cls(
            hosts,
            given.get("user") or "",
            given.get("password") or "",
            given.get("api_key") or "",
            str(given.get("ca") or ""),
            given.get("prefix") or "bridge",
            float(given.get("timeout") or TIMEOUT),
        )


def client_of(address: Address) -> Elasticsearch:
    """The client for an address; every process has its own, also after a fork."""
    return _made(address, os.getpid())


@lru_cache(maxsize=8)
def _made(address: Address, _process: int) -> Elasticsearch:
    options: dict[str, Any] = {"request_timeout": address.timeout, "retry_on_timeout": False}
    if address.api_key:
        options["api_key"] = address.api_key
    elif address.user:
        # the client itself would refuse letters beyond ASCII
        pair = f"{address.user}:{address.password}".encode()
        options["basic_auth"] = b64encode(pair).decode()
    if address.ca:
        options["ca_certs"] = address.ca
    options["serializers"] = {SMILE: RawSmile()}
    # a node that does not accept a connection costs little: the next one is asked
    options["max_retries"] = max(1, len(address.hosts))
    return Elasticsearch(list(address.hosts), **options)


class RawSmile(Serializer):
    """Bytes go out as they are; answers are asked for in JSON."""

    mimetype = SMILE

    def dumps(self, data: Any) -> bytes:
        return bytes(data)

    def loads(self, data: bytes) -> Any:
        return data


@contextmanager
def understanding() -> Iterator[None]:
    """Errors of the client come out as SearchClusterError."""
    try:
        yield
    except (ApiError, TransportError, UnsupportedProductError) as error:
        raise understood(error) from error


def check_version(client: Elasticsearch) -> str:
    """The server's version; raises SearchClusterError when it cannot be used.

    ``GET /`` is not asked: small builds do not serve it. An account that may not see the nodes is
    no obstacle.
    """
    try:
        with understanding():
            answer = client.nodes.info(node_id="_local", filter_path="nodes.*.version")
    except SearchClusterError as error:
        if error.code == "rights":
            return ""
        raise
    versions = [node["version"] for node in answer.get("nodes", {}).values()]
    for version in versions:
        major, minor = (int(part) for part in version.split(".")[:2])
        if not (major == 9 or (major == 8 and minor >= OLDEST_MINOR)):
            raise SearchClusterError("version", version)
    return versions[0] if versions else ""
