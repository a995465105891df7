"""Kinds of requests are edited here; requests themselves have pages of their own."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from consulting.kinds import OPTIONAL_FIELDS
from consulting.models import Request, RequestKind


class KindForm(forms.ModelForm):
    """The optional fields as check boxes instead of a line of names."""

    fields_wanted = forms.MultipleChoiceField(
        choices=[], required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = RequestKind
        fields = (
            "code", "label_ko", "label_en", "description_ko", "description_en", "example_ko",
            "example_en", "fields_wanted", "usual_days", "usual_experts", "is_active", "order",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = [(name, Request.label_of(name)) for name in OPTIONAL_FIELDS]
        self.fields["fields_wanted"].choices = labels  # type: ignore[attr-defined]


@admin.register(RequestKind)
class KindAdmin(admin.ModelAdmin):
    """A kind that was used is switched off, never deleted."""

    form = KindForm
    list_display = ("label_ko", "code", "usual_days", "usual_experts", "is_active", "order")
    list_editable = ("is_active", "order")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a kind that no request names."""
        unused = obj is None or not obj.request_set.exists()
        return unused and bool(super().has_delete_permission(request, obj))
