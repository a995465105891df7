"""Is every part of the site well? For load balancers, for the status page, for the curious.

`/livez` says that the web process answers at all. `/readyz` asks each part, all at once, and
answers within a second whatever the parts do. Both answer before any other middleware, so neither
language, nor encryption, nor the host name, nor a session stands in their way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config import heartbeat

ANSWER_WITHIN = 0.8  # seconds for all parts together
HISTORY_SECONDS = 60 * 60 * 24 * 30


class NotWell(Exception):  # noqa: N818 - named for what it says
    """A part does not work; the message is one technical line without secrets."""


@dataclass(frozen=True)
class Part:
    """One part of the site and what people notice when it is down."""

    name: str
    label: str | Promise
    effect: str | Promise
    check: Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class PartHealth:
    """What was found about a part. Times are aware datetimes or None when never seen."""

    name: str
    label: str | Promise
    effect: str | Promise
    ok: bool
    problem: str
    since: datetime | None
    last_success: datetime | None
    detail: dict[str, Any]


def check_database() -> dict[str, Any]:
    """One round trip on a connection of its own, so that no open transaction interferes."""
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    parameters["connect_timeout"] = 2
    try:
        with psycopg.connect(**parameters) as link:
            link.execute("SELECT 1")
    except psycopg.Error as error:
        raise NotWell(type(error).__name__) from None
    return {}


def check_broker() -> dict[str, Any]:
    """The broker's own server answers; the cache may live elsewhere."""
    from config.celery import app

    quick = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 0}
    try:
        with app.connection_for_read(transport_options=quick) as link:
            link.default_channel.client.ping()
    except Exception as error:
        raise NotWell(type(error).__name__) from None
    return {}


def check_worker() -> dict[str, Any]:
    """A worker has reported within the last seconds."""
    return {"age_seconds": round(time.time() - _entry(heartbeat.WORKER)["at"], 1)}


def check_scheduler() -> dict[str, Any]:
    """The scheduler has reported within the last seconds."""
    return {"age_seconds": round(time.time() - _entry(heartbeat.SCHEDULER)["at"], 1)}


def check_encoder() -> dict[str, Any]:
    """The worker that reported last has its encoder loaded."""
    status: dict[str, Any] = _entry(heartbeat.WORKER).get("encoder", {})
    if not status.get("ok"):
        raise NotWell(status.get("error") or "not loaded")
    return {"fingerprint": status.get("fingerprint", "")}


def check_engine() -> dict[str, Any]:
    """The search engine can be asked."""
    from matching.health import engine_status

    try:
        status = dict(engine_status())
    except Exception as error:
        raise NotWell(type(error).__name__) from None
    finally:
        connections.close_all()
    if not status.pop("ok", False):
        raise NotWell(str(status.get("error") or "not ready"))
    return {"engine": settings.SEARCH_ENGINE, **status}


def _entry(key: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] | None = cache.get(key)
    except Exception as error:
        raise NotWell(f"cache: {type(error).__name__}") from None
    if entry is None:
        raise NotWell("has not reported")
    return entry


PARTS = [
    Part(
        "database",
        _("데이터베이스"),
        _("로그인과 저장을 포함한 모든 화면을 이용할 수 없습니다."),
        check_database,
    ),
    Part(
        "broker",
        _("작업 대기열"),
        _("저장한 내용은 남지만 추천과 알림이 늦어집니다."),
        check_broker,
    ),
    Part(
        "worker",
        _("작업 처리기"),
        _("새 추천이 시작되지 않고 전자우편이 나가지 않습니다. 복구되면 이어서 처리합니다."),
        check_worker,
    ),
    Part(
        "scheduler",
        _("정기 작업"),
        _("중단된 작업의 재개와 정기 점검이 늦어집니다."),
        check_scheduler,
    ),
    Part(
        "engine",
        _("검색 엔진"),
        _("전문가 추천을 새로 만들 수 없습니다. 이미 만든 추천 목록은 볼 수 있습니다."),
        check_engine,
    ),
    Part(
        "encoder",
        _("언어 모델"),
        _("전문가 추천을 새로 만들 수 없습니다. 이미 만든 추천 목록은 볼 수 있습니다."),
        check_encoder,
    ),
]
# Without these the site cannot do its work; the scheduler's absence only delays things.
NEEDED = {"database", "broker", "worker", "engine", "encoder"}

_pool = ThreadPoolExecutor(max_workers=2 * len(PARTS), thread_name_prefix="health")
_running: dict[str, Future[dict[str, Any]]] = {}
_history: dict[str, dict[str, Any]] = {}


def check_all() -> list[PartHealth]:
    """Ask every part at once. Takes at most about `ANSWER_WITHIN` seconds."""
    for part in PARTS:
        previous = _running.get(part.name)
        if previous is None or previous.done():  # a part that hangs is not asked a second time
            _running[part.name] = _pool.submit(part.check)
    asked = {part.name: _running[part.name] for part in PARTS}
    wait(asked.values(), timeout=ANSWER_WITHIN)
    outcomes = {name: _outcome(future) for name, future in asked.items()}
    reachable = not outcomes["broker"][1] and not outcomes["worker"][1].startswith("cache:")
    history = _remember({name: not problem for name, (_d, problem) in outcomes.items()}, reachable)
    return [_health(part, *outcomes[part.name], history[part.name]) for part in PARTS]


def _outcome(future: Future[dict[str, Any]]) -> tuple[dict[str, Any], str]:
    if not future.done():
        return {}, f"no answer within {ANSWER_WITHIN} s"
    error = future.exception()
    if error is None:
        return future.result(), ""
    return {}, str(error) if isinstance(error, NotWell) else type(error).__name__


def _health(
    part: Part, detail: dict[str, Any], problem: str, history: Mapping[str, Any]
) -> PartHealth:
    return PartHealth(
        name=part.name,
        label=part.label,
        effect=part.effect,
        ok=not problem,
        problem=problem,
        since=_moment(history.get("since")),
        last_success=_moment(history.get("last_success")),
        detail=detail,
    )


def _remember(results: dict[str, bool], reachable: bool) -> dict[str, dict[str, Any]]:
    """Note since when each part is as it is; shared through the cache while that can be reached."""
    key = "health:history"
    known = (cache.get(key) if reachable else None) or _history
    now = time.time()
    for name, ok in results.items():
        entry = dict(known.get(name, {}))
        if entry.get("ok") is not ok:
            entry = {**entry, "ok": ok, "since": now}
        if ok:
            entry["last_success"] = now
        _history[name] = entry
    if reachable:
        cache.set(key, dict(_history), HISTORY_SECONDS)
    return _history


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def ready_response() -> JsonResponse:
    """200 when everything that is needed works, otherwise 503; the body names each part."""
    parts = check_all()
    ready = all(part.ok for part in parts if part.name in NEEDED)
    body = {
        "ready": ready,
        "parts": {
            part.name: {
                "ok": part.ok,
                **({"problem": part.problem} if part.problem else part.detail),
            }
            for part in parts
        },
    }
    return JsonResponse(body, status=200 if ready else 503)


class HealthMiddleware:
    """Answers the two health addresses ahead of everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            response: HttpResponse = JsonResponse({"alive": True})
        elif request.path == "/readyz":
            response = ready_response()
        else:
            return self.get_response(request)
        response.headers["Cache-Control"] = "no-store"
        return response
