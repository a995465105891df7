"""Starting the embedded servers that a command, a test run or the site needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from config.local_services.addresses import Addresses
from config.local_services.postgres import Postgres
from config.local_services.supervisor import Supervisor
from config.local_services.valkey import Valkey


def start_servers(
    manager: Supervisor,
    data: Path,
    *,
    careless: bool = False,
    broker: bool = True,
    meanwhile: Callable[[dict[str, str]], None] = lambda variables: None,
) -> dict[str, str]:
    """Start what no variable points elsewhere, wait until it answers.

    `meanwhile` may start programs that can wait for the servers themselves. Returns the variables
    with which other processes find all of it.
    """
    addresses = Addresses(data.resolve())
    variables = addresses.environment()
    postgres = None
    engine_within = _start_engine(manager, addresses, variables)  # takes longest, and may refuse
    if "DATABASE_URL" in os.environ:
        variables["DATABASE_URL"] = os.environ["DATABASE_URL"]
    else:
        postgres = Postgres(addresses, careless=careless)
        postgres.start(manager)
    if "BROKER_URL" in os.environ:
        variables["BROKER_URL"] = os.environ["BROKER_URL"]
    elif broker:
        Valkey(addresses).start(manager)
    meanwhile(variables)
    manager.wait_ready(max(60, engine_within))
    if postgres:
        postgres.ensure_database()
    return variables


def _start_engine(manager: Supervisor, addresses: Addresses, variables: dict[str, str]) -> float:
    """Start a search server where one is wanted. Returns the seconds that it may take."""
    if os.environ.get("SEARCH_ENGINE") != "elasticsearch":
        return 0
    if "ELASTICSEARCH_URL" in os.environ:
        variables["ELASTICSEARCH_URL"] = os.environ["ELASTICSEARCH_URL"]
        return 0
    from config.local_services import elasticsearch

    variables["ELASTICSEARCH_URL"] = elasticsearch.start_within(manager, addresses)
    return elasticsearch.READY_WITHIN
