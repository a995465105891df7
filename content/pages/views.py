"""Pages in the site's own voice: front page, news, guides, status."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from content import conf, figures, navigation, permissions, sessions
from content.dates import is_english
from content.models import Announcement

NEWS_PER_PAGE = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the city gets here, three doors, live figures, the latest news."""
    roles = navigation.audiences(request.user)
    context = {
        "doors": navigation.doors(),
        "figures": figures.groups(),
        "waiting": figures.waiting_for(request.user, roles),
        "news": Announcement.objects.published()[:4],
    }
    return render(request, "content/home.html", context)


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """All announcements that the reader may see, the newest first."""
    rows = Announcement.objects.visible_to(request.user)
    page = Paginator(rows, NEWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "edits": permissions.may_edit(request.user)}
    return render(request, "content/news.html", context)


@require_safe
def news_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One announcement; what is not published yet is there for editors only."""
    found = get_object_or_404(Announcement.objects.visible_to(request.user), pk=pk)
    context = {"item": found, "edits": permissions.may_edit(request.user)}
    return render(request, "content/news_item.html", context)


def written_page(name: str) -> Any:
    """A view of a page that was written in each language, not translated."""

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        body = f"content/{name}.{'en' if is_english() else 'ko'}.html"
        return render(request, f"content/{name}.html", {"body": body})

    return view


ai_guide = written_page("ai_guide")
privacy = written_page("privacy")
help_page = written_page("help")


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Each part of the site: well or not, since when, and what people notice."""
    path = conf.health_check()
    parts = list(import_string(path)()) if path else []
    context = {"parts": parts, "well": bool(parts) and all(part.ok for part in parts)}
    return render(request, "content/status.html", context)


@require_safe
@never_cache
def session_extend(request: HttpRequest) -> HttpResponse:
    """Extend the session; 401 when it is over already."""
    if not request.user.is_authenticated:
        return JsonResponse({"seconds": 0}, status=401)
    sessions.touch(request)
    return JsonResponse({"seconds": sessions.seconds_left(request)})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages may be found; where the map of the site is."""
    sitemap = request.build_absolute_uri(reverse("content:sitemap"))
    lines = ["User-agent: *", "Disallow: /accounts/", "Disallow: /admin/", f"Sitemap: {sitemap}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
