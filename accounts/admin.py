"""Organisations and consent texts; people have pages of their own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import ConsentDocument, Organisation
from accounts.permissions import acting
from accounts.services import save_organisation


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    """Switched off, never deleted."""

    list_display = ("name_ko", "code", "kind", "parent", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name_ko", "name_en", "code")
    autocomplete_fields = ("parent",)
    exclude = ("root",)

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        """Through the service, so that it goes on record."""
        save_organisation(obj, by=acting(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(ConsentDocument)
class ConsentDocumentAdmin(admin.ModelAdmin[ConsentDocument]):
    """A new text is a new version; what people agreed to stays as it was."""

    list_display = ("kind", "version", "required", "effective_on", "title_ko")
    list_filter = ("kind",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False
