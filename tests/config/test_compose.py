"""compose.yaml cannot be started where the tests run; what can be read in it is checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import probe
from tests.config.processes import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"setup", "search-certificates", "search-account"}
SITE = {"setup", "web", "worker", "scheduler"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    service = SERVICES[name]
    assert ("healthcheck" in service) is (name not in ONCE)
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_dependency_can_be_met(name: str) -> None:
    """On a healthy server or a finished step; one of another profile must not be required."""
    for other, facts in SERVICES[name].get("depends_on", {}).items():
        finished = facts["condition"] == "service_completed_successfully"
        assert finished is (other in ONCE)
        outside = set(SERVICES[other].get("profiles", [])) - set(SERVICES[name].get("profiles", []))
        assert facts.get("required", True) is not bool(outside)


def test_every_volume_is_declared() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])


def test_every_variable_of_the_site_is_documented() -> None:
    documented = (ROOT / "docs" / "deployment.md").read_text()
    known = {"PATH", "DJANGO_SETTINGS_MODULE", "OMP_NUM_THREADS"}
    for name in set(SERVICES["web"]["environment"]) - known:
        assert f"`{name}`" in documented, name


def test_no_password_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEY$", name):
                assert str(value).startswith("${"), name


def test_three_nodes_know_each_other() -> None:
    nodes = [name for name, s in SERVICES.items() if "node.name" in s.get("environment", {})]
    assert len(nodes) == 3
    for name in nodes:
        variables = SERVICES[name]["environment"]
        assert variables["node.name"] == name
        assert variables["discovery.seed_hosts"].split(",") == nodes
        assert variables["cluster.initial_master_nodes"].split(",") == nodes
        assert name in variables["xpack.security.http.ssl.key"]
        assert f"https://{name}:9200" in SERVICES["web"]["environment"]["ELASTICSEARCH_URL"]


# --- the probe -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "part", "status"),
    [
        ({"alive": True}, "web", 0),
        ({}, "web", 1),
        ({"parts": {"worker": {"ok": True}}}, "worker", 0),
        ({"parts": {"worker": {"ok": False, "problem": "has not reported"}}}, "worker", 1),
        ({"parts": {}}, "nobody", 1),
    ],
)
def test_the_probe_reads_the_report(
    monkeypatch: pytest.MonkeyPatch, report: dict[str, Any], part: str, status: int
) -> None:
    monkeypatch.setattr(probe, "ask", lambda url: report)
    assert probe.main(part, "http://web:8000") == status


def test_the_probe_reads_a_report_of_trouble(live_server: Any) -> None:
    """The real address answers 503 here, for want of a worker, and says so part by part."""
    found = probe.ask(f"{live_server.url}/readyz")
    assert found["parts"]["database"]["ok"] and not found["parts"]["worker"]["ok"]
    assert probe.main("database", live_server.url) == 0
    assert probe.main("worker", live_server.url) == 1
    assert probe.main("web", live_server.url) == 0
    assert probe.ask("http://127.0.0.1:9/livez") == {}


def test_the_account_of_the_site_is_the_one_that_is_tested() -> None:
    """tests/engines/test_security.py works with these rights."""
    (line,) = re.findall(r"put role/bridge '(.+)'", SERVICES["search-account"]["command"][-1])
    assert json.loads(line) == json.loads(
        (Path(__file__).parents[1] / "engines" / "role.json").read_text()
    )
