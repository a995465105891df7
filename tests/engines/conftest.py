"""The real Elasticsearch of this test run, and names of its own for every worker."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from elasticsearch import Elasticsearch

from tests.search_server import server_url


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """Address of one server for the whole run, started when first asked for."""
    return server_url()


@pytest.fixture(scope="session")
def elasticsearch_settings(elasticsearch_url: str) -> Iterator[dict[str, Any]]:
    """The setting ELASTICSEARCH for this worker: its own prefix, its indices gone at the end."""
    prefix = f"test-{uuid.uuid4().hex[:8]}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    values = {**settings.ELASTICSEARCH, "hosts": elasticsearch_url.split(","), "prefix": prefix}
    yield values
    with _client(values) as client:
        found = client.options(ignore_status=404).indices.get(
            index=f"{prefix}*", expand_wildcards="all", filter_path="*.settings.index.uuid"
        )
        for name in found.body:
            client.options(ignore_status=404).indices.delete(index=name)


def _client(values: dict[str, Any]) -> Elasticsearch:
    """A plain client, to clean up whatever the engine did."""
    user = (values["user"], values["password"]) if values["user"] else None
    authority = {"ca_certs": values["ca"]} if values["ca"] else {}
    return Elasticsearch(
        values["hosts"], basic_auth=user, api_key=values["api_key"] or None, **authority
    )
