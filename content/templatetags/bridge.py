"""The page kit: every tag and filter that docs/design_system.md lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet
from django.template.context import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from content import dates, icons, summaries
from content.scores import segments
from content.states import look

register = template.Library()
register.filter("kdate", dates.korean_date)
register.filter("kdatetime", dates.korean_datetime)
register.filter("kdate_short", dates.short_date)
register.filter("relative", dates.relative)


# --- values ---------------------------------------------------------------------------------


@register.filter
def number(value: Any) -> str:
    """``12,345``; decimals stay as they are; None gives an empty text."""
    if value is None or value == "":
        return ""
    try:
        return f"{value:,}"
    except (TypeError, ValueError):
        return str(value)


@register.filter
def won(value: Any) -> str:
    """An amount of money: ``15,000,000원``."""
    return _("%(amount)s원") % {"amount": number(value)} if value not in (None, "") else ""


@register.filter
def percent(value: float | None) -> str:
    """A share between 0 and 1 in whole per cent: ``46 %``."""
    return "" if value is None else f"{round(value * 100)} %"


@register.filter
def rough_percent(value: float | None) -> str:
    """An estimated share: ``약 46 %``; never a certain 0 or 100 %."""
    if value is None:
        return ""
    if value < 0.01:
        return _("1 % 미만")
    return _("99 % 이상") if value >= 0.99 else _("약 %(share)s") % {"share": percent(value)}


@register.filter
def filesize(value: int | None) -> str:
    """Bytes as ``820 B``, ``12 KB``, ``1.2 MB``."""
    if value is None:
        return ""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if value >= size:
            amount = value / size
            return f"{amount:.1f} {unit}" if amount < 10 else f"{round(amount)} {unit}"
    return f"{value} B"


@register.filter
def unlocalized(value: Any) -> str:
    """A number as attributes of progress bars need it, whatever the language writes."""
    return str(value)


@register.filter
def selected_count(options: Iterable[Any]) -> int:
    """How many options of a facet are selected."""
    return sum(bool(summaries.read(option, "selected")) for option in options)


@register.filter
def slug_id(prefix: str, index: int) -> str:
    """An element id made of a prefix and a position."""
    return f"{prefix}-{index}"


@register.filter
def highlight(text: str, query: str) -> SafeString:
    """The escaped text with every word of ``query`` (two characters or more) in ``<mark>``."""
    words = [re.escape(word) for word in str(query or "").split() if len(word) > 1]
    parts = re.split(f"({'|'.join(words)})", str(text), flags=re.I) if words else [str(text)]
    marked = [
        format_html("<mark>{}</mark>", part) if index % 2 else conditional_escape(part)
        for index, part in enumerate(parts)
    ]
    return mark_safe("".join(marked))  # every part is escaped above


@register.inclusion_tag("fragments/when.html")
def when(value: date | datetime | None) -> dict[str, Any]:
    """Date (and time) with the relative time beside it."""
    return {"value": value, "has_time": isinstance(value, datetime)}


@register.simple_tag
def period(start: date | None, end: date | None) -> str:
    """``2024. 3. ~ 2025. 2.``"""
    return dates.period(start, end)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon; with ``label`` it has a name for screen readers, without one it is decoration."""
    if label:
        head = format_html('role="img" aria-label="{}"', label)
    else:
        head = mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="b-icon" viewBox="0 0 24 24" width="20" height="20" focusable="false" {}>'
        '<path d="{}"></path></svg>',
        head,
        icons.path(name),
    )


# --- marks ----------------------------------------------------------------------------------


@register.inclusion_tag("fragments/status_badge.html")
def status_badge(state: str, label: str, tone: str = "") -> dict[str, Any]:
    """Word, colour and icon of a state."""
    shown = look(state, tone)
    return {"label": label, "tone": shown.tone, "icon": shown.icon}


@register.inclusion_tag("fragments/verification.html")
def verification(
    status: str,
    on: date | None = None,
    by: str = "",
    until: date | None = None,
    reason: str = "",
    short: bool = False,
) -> dict[str, Any]:
    """How far a claim can be trusted: verified, self_declared, rejected, pending or expired."""
    return {
        "status": str(status), "on": on, "by": by, "until": until, "reason": reason, "short": short,
    }  # fmt: skip


@register.inclusion_tag("fragments/tag_chip.html")
def tag_chip(label: str, url: str = "") -> dict[str, Any]:
    """A tag; with ``url`` it is a link to what carries the tag."""
    return {"label": label, "url": url}


@register.inclusion_tag("fragments/match_tag.html")
def match_tag(label: str, kind: str = "exact") -> dict[str, Any]:
    """A tag that the request and the expert share: exactly, through a parent or a sibling."""
    return {"label": label, "kind": kind}


@register.inclusion_tag("fragments/ai_notice.html")
def ai_notice() -> dict[str, Any]:
    """ "AI 추천: 참고 자료이며 결정은 담당자가 합니다", with the link to how it works."""
    return {}


@register.inclusion_tag("fragments/next_step.html")
def next_step(
    what: str = "",
    until: date | None = None,
    mine: bool = False,
    note: str = "",
    url: str = "",
    label: str = "",
    done: str = "",
) -> dict[str, Any]:
    """Who has the ball and until when; ``done`` is the sentence when nothing is left to do."""
    return {
        "what": what, "until": until, "mine": mine, "note": note, "url": url, "label": label,
        "done": done, "overdue": summaries.is_past(until),
    }  # fmt: skip


# --- lists and navigation -------------------------------------------------------------------


@register.inclusion_tag("fragments/crumb.html")
def crumb(text: str, url: str = "") -> dict[str, Any]:
    """One entry of the breadcrumb; the last one has no address."""
    return {"text": text, "url": url}


@register.inclusion_tag("fragments/pagination.html", takes_context=True)
def pagination(context: Context, page_obj: Page[Any], param: str = "page") -> dict[str, Any]:
    """Page links that keep the query string."""
    query = context["request"].GET.copy()
    query.pop(param, None)
    kept = query.urlencode()
    return {
        "page": page_obj,
        "numbers": list(page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=2)),
        "gap": page_obj.paginator.ELLIPSIS,
        "base": f"?{kept}&{param}=" if kept else f"?{param}=",
    }


@register.inclusion_tag("fragments/facets.html")
def facets(groups: Iterable[Any]) -> dict[str, Any]:
    """Groups of filters for a GET form."""
    return {"groups": groups}


@register.inclusion_tag("fragments/active_filters.html")
def active_filters(chips: Iterable[tuple[str, str]], clear_url: str = "") -> dict[str, Any]:
    """What the list is filtered by; each chip is a link that takes its filter away."""
    return {"chips": list(chips), "clear_url": clear_url}


@register.inclusion_tag("fragments/sort_links.html", takes_context=True)
def sort_links(
    context: Context, options: Sequence[tuple[str, str]], current: str, param: str = "sort"
) -> dict[str, Any]:
    """Orders of a list as links; the current one is marked."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    links = []
    for value, label in options:
        query[param] = value
        links.append({"label": label, "url": f"?{query.urlencode()}", "current": value == current})
    return {"links": links}


@register.inclusion_tag("fragments/tabs.html")
def tabs(items: Iterable[tuple[str, str, int | None, bool]], label: str = "") -> dict[str, Any]:
    """Tabs as links: (label, url, count or None, selected)."""
    return {"items": list(items), "label": label or _("보기")}


@register.inclusion_tag("fragments/empty_state.html")
def empty_state(title: str, text: str = "", url: str = "", label: str = "") -> dict[str, Any]:
    """What an empty list says, and what can be done about it."""
    return {"title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("fragments/steps.html")
def steps(items: Sequence[str], current: int) -> dict[str, Any]:
    """Where one stands in a procedure; ``current`` counts from 1."""
    return {"items": items, "current": current}


# --- messages -------------------------------------------------------------------------------


@register.inclusion_tag("fragments/alert.html")
def alert(tone: str, text: str, title: str = "") -> dict[str, Any]:
    """A sentence in a coloured box with an icon."""
    return {"tone": tone, "text": text, "title": title, "icon": ALERT_ICONS.get(tone, "info")}


@register.filter
def tone_of_level(level: str) -> str:
    """The tone of a message of django.contrib.messages."""
    return {"error": "danger", "debug": "info"}.get(level, level or "info")


ALERT_ICONS = {"success": "check", "warning": "warning", "danger": "warning", "info": "info"}


@register.simple_block_tag
def alertbox(content: str, tone: str, title: str = "") -> str:
    """The same box around whatever the block holds."""
    from django.template.loader import render_to_string

    return render_to_string("fragments/alert.html", {**alert(tone, content, title), "block": True})


@register.inclusion_tag("fragments/error_summary.html")
def error_summary(
    forms: BaseForm | BaseFormSet[Any] | Iterable[BaseForm | BaseFormSet[Any]],
) -> dict[str, Any]:
    """All errors of one or several forms or formsets, as links to their fields."""
    single = isinstance(forms, BaseForm | BaseFormSet)
    several: Iterable[Any] = [forms] if single else forms
    return {"errors": [entry for form in several for entry in summaries.errors(form)]}


@register.filter
def field_groups(form: Any) -> list[tuple[str, list[Any]]]:
    """(legend, bound fields) per entry of ``form.fieldsets``; what is left out comes last."""
    return summaries.field_groups(form)


@register.inclusion_tag("django/forms/bridge/row.html")
def formset_row(form: BaseForm) -> dict[str, Any]:
    """One form of a formset; the formset has told the errors already."""
    return {"form": form}


# --- content --------------------------------------------------------------------------------


@register.inclusion_tag("fragments/timeline.html")
def timeline(items: Iterable[Any]) -> dict[str, Any]:
    """Dated entries, one below the other."""
    return {"items": items}


@register.inclusion_tag("fragments/facts.html")
def facts(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Labels and values."""
    return {"items": items}


@register.inclusion_tag("fragments/score_bar.html")
def score_bar(
    total: float, parts: Sequence[tuple[str, float]], max: float = 1.0, label: str = ""
) -> dict[str, Any]:
    """A score as a stacked bar with its contributions in words; 0 ≤ total ≤ max."""
    return {
        "total": total, "parts": segments(parts, max), "max": max, "label": label or _("적합도"),
    }  # fmt: skip


@register.inclusion_tag("fragments/compare.html")
def compare(columns: Sequence[Any], rows: Iterable[Any], caption: str = "") -> dict[str, Any]:
    """Things side by side with the same rows; below 768 px one card per thing."""
    shown = [summaries.comparison_row(row, columns) for row in rows]
    return {"columns": columns, "rows": shown, "caption": caption or _("나란히 비교")}


@register.inclusion_tag("fragments/conversation.html")
def conversation(messages: Iterable[Any]) -> dict[str, Any]:
    """Questions and answers in order of time."""
    return {"messages": messages}


@register.inclusion_tag("fragments/file_list.html")
def file_list(files: Iterable[Any]) -> dict[str, Any]:
    """Files with size and date."""
    return {"files": files}


@register.inclusion_tag("fragments/progress.html")
def progress(value: float | None, max: float, label: str) -> dict[str, Any]:
    """How far a job is; ``None`` when nobody can say."""
    return {"value": value, "max": max, "label": label}


@register.inclusion_tag("fragments/post_button.html", takes_context=True)
def post_button(
    context: Context,
    url: str,
    label: str,
    style: str = "secondary",
    name: str | None = None,
    value: str | None = None,
    danger: bool = False,
    fields: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A form that is only a button, for a move that needs no further facts.

    ``style`` holds KRDS classes; without a size among them the button is medium.
    """
    look_of = "b-danger" if danger else style
    sized = {"xsmall", "small", "medium", "large", "xlarge"} & set(look_of.split())
    return {
        "url": url, "label": label, "name": name,
        "style": look_of if sized else f"medium {look_of}",
        "value": value, "fields": fields or {}, "csrf_token": context.get("csrf_token"),
    }  # fmt: skip
