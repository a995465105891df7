"""`make run` on Elasticsearch: the server comes from the archive, the index is made, all goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from config.local_services.prepare import prepare_search
from tests.config.processes import Started, services
from tests.config.test_site import Site
from tests.search_server import archive, one_at_a_time, open_folder
from tests.waiting import eventually

pytestmark = [pytest.mark.encoder, pytest.mark.timeout(900)]
WITHIN = 300


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    source = archive()
    with one_at_a_time(), open_folder() as folder:
        started = Started(
            services("site", "--data", str(folder / "site")),
            tmp_path / "output",
            DEMO="0",
            SEARCH_ENGINE="elasticsearch",
            ELASTICSEARCH_ARCHIVE=str(source),
        )
        try:
            started.says("http://", WITHIN)
            yield Site(started)
        finally:
            started.end()


@pytest.mark.worker
def test_the_whole_site_on_elasticsearch(site: Site) -> None:
    eventually(site.ready, WITHIN, "ready")
    engine = json.loads(site.get("/readyz")[1])["parts"]["engine"]
    assert (engine["ok"], engine["engine"]) == (True, "elasticsearch")
    assert "stands_in" not in engine
    assert "making the search index" in site.started.text
    assert site.started.stop() == 0
    assert site.started.descendants() == []
    assert "Traceback" not in site.started.text, site.started.text


# --- the step before the start ----------------------------------------------------------------


def _prepare(values: dict[str, Any], **changes: Any) -> None:
    with override_settings(SEARCH_ENGINE="elasticsearch", ELASTICSEARCH={**values, **changes}):
        prepare_search()


@pytest.mark.django_db(transaction=True)
def test_a_missing_index_is_made_once(
    elasticsearch_settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    values = {**elasticsearch_settings, "prefix": f"{elasticsearch_settings['prefix']}-site"}
    _prepare(values)
    assert capsys.readouterr().out.startswith("making the search index\n")
    _prepare(values)
    assert capsys.readouterr().out == ""


@pytest.mark.django_db
def test_a_cluster_that_is_away_does_not_hold_up_the_start(
    elasticsearch_settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    _prepare(elasticsearch_settings, hosts=["http://127.0.0.1:9"])
    assert capsys.readouterr().out.startswith("search cluster: 검색 서버에 연결할 수 없습니다")


@pytest.mark.django_db
def test_a_mistake_ends_the_start_with_one_line(elasticsearch_settings: dict[str, Any]) -> None:
    hosts = [host.replace("http:", "https:") for host in elasticsearch_settings["hosts"]]
    with pytest.raises(SystemExit) as ended:
        _prepare(elasticsearch_settings, hosts=hosts)
    text = str(ended.value)
    assert text.startswith("configuration error: ELASTICSEARCH_URL: 검색 서버가 암호화를")
    assert "\n" not in text
