"""Logs: one readable line per event, through structlog, the standard library's records included."""

from __future__ import annotations

import logging
import logging.config
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)

_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
]


def _worth_it(record: logging.LogRecord) -> bool:
    """Leave out what repeats itself every few seconds.

    A part that is down is reported by its own process, not by every probe; a periodic task is
    worth a line when it fails or has something to tell.
    """
    task = getattr(record, "data", None)
    name = str(task.get("name", "")) if isinstance(task, dict) else ""
    if name.endswith(".sweep") and record.levelno <= logging.INFO:
        return False
    return getattr(getattr(record, "request", None), "path", "") != "/readyz"


def logging_settings(level: str, style: str) -> dict[str, Any]:
    """Settings for `logging.config`; style is "lines" for people or "json" for machines."""
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False,
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,  # the rich one shows variables
        )
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
            }
        },
        "filters": {"worth_it": {"()": "django.utils.log.CallbackFilter", "callback": _worth_it}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "event",
                "filters": ["worth_it"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "axes": {"level": "ERROR"},
            "django.server": {"handlers": ["console"], "propagate": False},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "elastic_transport": {"level": "ERROR"},  # the engine says what it means for the site
            "httpx": {"level": "WARNING"},
            "sentence_transformers": {"level": "WARNING"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Set up the standard library's logging and structlog on top of it."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class RequestLogMiddleware:
    """Logs slow and failed requests by route, never by address: addresses can hold search words."""

    slow = 1.0  # seconds

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self.get_response(request)
        seconds = time.monotonic() - started
        if response.status_code >= 500 or seconds > self.slow:
            route = request.resolver_match.view_name if request.resolver_match else "none"
            log.warning(
                "request",
                route=route,
                method=request.method,
                status=response.status_code,
                seconds=round(seconds, 2),
            )
        return response
