"""Pages of editors: write, change and remove announcements."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common.access import role_required
from content import services
from content.forms import DateTimeInput
from content.models import Announcement

editors = role_required("editor", "administrator")


class AnnouncementForm(forms.ModelForm[Announcement]):
    """Korean is needed, English may follow later."""

    why = {"published_at": gettext_lazy("이때부터 누구나 볼 수 있습니다. 앞날로 두면 예약됩니다.")}
    fieldsets = [
        (gettext_lazy("한국어"), ["title_ko", "body_ko"]),
        (gettext_lazy("영어"), ["title_en", "body_en"]),
    ]

    class Meta:
        model = Announcement
        fields = ("title_ko", "body_ko", "title_en", "body_en", "published_at")
        widgets = {
            "body_ko": forms.Textarea(attrs={"rows": 10, "data-maxlength": 20000}),
            "body_en": forms.Textarea(attrs={"rows": 8, "data-maxlength": 20000}),
            "published_at": DateTimeInput(),
        }


@require_http_methods(["GET", "HEAD", "POST"])
@editors
def write(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a new announcement or change one."""
    row = get_object_or_404(Announcement, pk=pk) if pk else None
    form = AnnouncementForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        saved = services.save_announcement(form.save(commit=False), request.user)
        messages.success(request, _("소식을 저장했습니다."))
        return redirect("content:news_item", saved.pk)
    context = {"form": form, "row": row, "draft": f"news-{pk or 'new'}"}
    return render(request, "content/news_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editors
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask first, then remove."""
    row = get_object_or_404(Announcement, pk=pk)
    if request.method == "POST":
        services.remove_announcement(row, request.user)
        messages.success(request, _("소식을 지웠습니다."))
        return redirect("content:news")
    context = {
        "heading": _("소식 지우기"),
        "text": _("‘%(title)s’ 소식을 지우면 되돌릴 수 없습니다.") % {"title": row.title},
        "action": _("소식 지우기"),
        "cancel_url": reverse("content:news_item", args=[pk]),
        "danger": True,
    }
    return render(request, "confirm.html", context)
