"""Runs and their rows in Django's own administration: to look at, never to change by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from matching.models import Conflict, IndexJob, MatchRun, Waiver


class ReadOnly(admin.ModelAdmin):
    """Every change goes through a service, which leaves an event."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(MatchRun)
class MatchRunAdmin(ReadOnly):
    list_display = ("request", "state", "attempts", "created_at", "finished_at", "error")
    list_filter = ("state",)
    search_fields = ("request__number",)
    list_select_related = ("request",)


@admin.register(Conflict)
class ConflictAdmin(ReadOnly):
    list_display = ("expert", "organisation", "request", "entered_at", "ends_on")
    list_select_related = ("expert", "organisation", "request")


@admin.register(Waiver)
class WaiverAdmin(ReadOnly):
    list_display = ("request", "expert", "rule", "asked_at", "approved_at", "refused_at")
    list_filter = ("rule",)
    list_select_related = ("request", "expert")


@admin.register(IndexJob)
class IndexJobAdmin(ReadOnly):
    list_display = ("kind", "object_id", "wanted", "attempts", "due_at", "error")
    list_filter = ("kind",)
