"""The form renderer: KRDS markup, help that is read out, errors that can be found.

Bound through ``FORM_RENDERER = "content.forms.BridgeRenderer"``; templates stand under
``templates/django/forms/bridge``. Widgets keep Django's own templates, so the admin is untouched.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise

PLAIN = (
    forms.TextInput,
    forms.Textarea,
    forms.DateInput,
    forms.DateTimeInput,
    forms.TimeInput,
    forms.NumberInput,
    forms.EmailInput,
    forms.URLInput,
    forms.PasswordInput,
    forms.FileInput,
)


class DateInput(forms.DateInput):
    """The browser's own date picker; values travel as ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own picker of date and time."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class BridgeBoundField(BoundField):
    """A field that knows its markup kind, why it is asked and an example."""

    @property
    def kind(self) -> str:
        """Which markup the field template uses."""
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxInput):
            return "check"
        if isinstance(widget, (forms.CheckboxSelectMultiple, forms.RadioSelect)):
            return "chips" if "data-chips" in widget.attrs else "choices"
        if isinstance(widget, forms.ClearableFileInput):
            return "file"
        return "plain"

    @property
    def why(self) -> str | Promise:
        """One line saying what the answer is used for; from ``why`` on the form."""
        return getattr(self.form, "why", {}).get(self.name, "")

    @property
    def example(self) -> str | Promise:
        """An example answer; from ``examples`` on the form."""
        return getattr(self.form, "examples", {}).get(self.name, "")

    @property
    def grouped(self) -> bool:
        """Whether the field is a fieldset of several inputs."""
        return self.use_fieldset or self.kind in ("choices", "chips")

    @property
    def optional(self) -> bool:
        """Whether "(선택)" is shown: fields that may stay empty, except single check boxes."""
        return not self.field.required and self.kind != "check"

    @property
    def aria_describedby(self) -> str | None:
        """Ids of everything that explains the field, in reading order."""
        if self.field.widget.attrs.get("aria-describedby") or not self.auto_id or self.is_hidden:
            return None
        present = {
            "why": self.why,
            "helptext": self.help_text,
            "example": self.example,
            "error": self.errors,
        }
        return " ".join(f"{self.auto_id}_{name}" for name, text in present.items() if text) or None

    def css_classes(self, extra_classes: Any = None) -> str:
        """Classes of the wrapper; ``is-error`` when there is something to correct."""
        extra = ["b-field", f"b-field-{self.kind}"]
        if self.errors:
            extra.append("is-error")
        if isinstance(self.field.widget, forms.Textarea):
            extra.append("is-wide")
        return " ".join([*extra, super().css_classes(extra_classes)]).strip()

    def build_widget_attrs(self, attrs: Any, widget: Any = None) -> dict[str, Any]:
        """KRDS classes beside the accessibility attributes that Django sets."""
        built = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if name := self._krds_class(widget):
            own = widget.attrs.get("class", "")
            built["class"] = f"{name} {own}".strip()
        if self.field.required and not widget.is_hidden and not self.grouped:
            built["aria-required"] = "true"
        return built

    def _krds_class(self, widget: forms.Widget) -> str:
        if widget.is_hidden or self.grouped or self.kind == "check":
            return ""
        if isinstance(widget, forms.Select):
            return "krds-form-select"
        return "krds-input" if isinstance(widget, PLAIN) else ""


class BridgeRenderer(TemplatesSetting):
    """Renders every form, formset and field of the site."""

    form_template_name = "django/forms/bridge/form.html"
    formset_template_name = "django/forms/bridge/formset.html"
    field_template_name = "django/forms/bridge/field.html"
    bound_field_class = BridgeBoundField
