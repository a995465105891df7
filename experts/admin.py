"""Pools are edited here; profiles and the vocabulary have pages and files of their own."""

from django.contrib import admin
from django.http import HttpRequest

from experts.models import ExpertPool, TaxonomyNode


@admin.register(ExpertPool)
class PoolAdmin(admin.ModelAdmin):
    """A named pool."""

    list_display = ("code", "name_ko", "name_en")
    search_fields = ("code", "name_ko", "name_en")


@admin.register(TaxonomyNode)
class NodeAdmin(admin.ModelAdmin):
    """To look at only: changes come from the file through ``load_taxonomy``."""

    list_display = ("code", "axis", "label_ko", "label_en", "valid_from", "valid_to")
    list_filter = ("axis",)
    search_fields = ("code", "label_ko", "label_en", "aliases")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Codes are closed, never deleted."""
        return False
