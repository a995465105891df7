"""A page with every fragment on it, for the tests of the look and for looking at it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import RequestContext, Template
from django.utils import timezone

from content.forms import DateInput
from content.ui import Column, Facet, FacetOption, FileItem, Message, Row, TimelineItem


class KitForm(forms.Form):
    """One field of every kind."""

    title = forms.CharField(label="제목", max_length=100, help_text="한 줄로 적습니다.")
    problem = forms.CharField(
        label="문제", widget=forms.Textarea(attrs={"rows": 4, "maxlength": 200}), required=False
    )
    kind = forms.ChoiceField(
        label="종류", choices=[("", "고르십시오"), ("a", "자문"), ("b", "실증")]
    )
    stage = forms.ChoiceField(
        label="단계", choices=[("p", "기획"), ("b", "구축")], widget=forms.RadioSelect
    )
    chips = forms.MultipleChoiceField(
        label="사유",
        choices=[("1", "경력이 맞음"), ("2", "일정이 맞음")],
        widget=forms.CheckboxSelectMultiple(attrs={"data-chips": ""}),
        required=False,
    )
    due = forms.DateField(label="기한", widget=DateInput, required=False)
    count = forms.IntegerField(label="인원", min_value=1, max_value=5, required=False)
    file = forms.FileField(label="첨부", required=False)
    agree = forms.BooleanField(label="내용을 확인했습니다")

    why = {"due": "기한에 맞는 전문가를 찾는 데 씁니다."}
    examples = {"problem": "예: 상담 기록 12만 건을 사람이 분류합니다."}
    fieldsets = [("무엇이 필요하십니까", ["title", "problem", "kind"])]


class RowForm(forms.Form):
    school = forms.CharField(label="학교")
    year = forms.IntegerField(label="연도", required=False)


RowFormSet = forms.formset_factory(RowForm, extra=1)

PAGE = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")


def context() -> dict[str, Any]:
    """Something for every fragment."""
    now, today = timezone.now(), timezone.localdate()
    option = FacetOption
    return {
        "now": now - timedelta(hours=3),
        "soon": today + timedelta(days=5),
        "past": date(2026, 3, 2),
        "states": [("draft", "작성 중"), ("submitted", "제출됨"), ("returned", "되돌림"),
                   ("matching", "찾는 중"), ("decided", "결정됨"), ("rejected", "반려")],
        "text": "민원 문서 12만 건의 원인 <분류>",
        "parts": [("의미", 0.46), ("용어", 0.21), ("분류", 0.15)],
        "columns": [Column("이○○", "/help/", "한국대 교수"), Column("박○○")],
        "rows": [Row("적합도", ["0.82", "0.79"], differs=True), Row("언어", ["한국어", "한국어"])],
        "items": [TimelineItem(now - timedelta(days=2), "제출함", actor="교통정책과"),
                  TimelineItem(now, "접수함", "확인했습니다.", "재단", "success")],
        "talk": [Message("김○○", "교통정책과", now, "자료가 더 필요합니까?"),
                 Message("박○○", "재단", now, "현황 표를 주십시오.", mine=True)],
        "pairs": [("기한", "2026. 11. 27."), ("예산", None)],
        "steps": ["현황", "문제", "확인"],
        "tab_items": [("전체", "/kit/", 12, True), ("내 담당", "/kit/?mine=1", 3, False)],
        "sorts": [("due", "기한 임박순"), ("new", "최신순")],
        "chips": [("자연어처리", "/kit/")],
        "groups": [
            Facet("tech", "기술", [option("nlp", "자연어처리", 120, True), option("cv", "눈", 0)]),
            Facet("region", "지역", [option("s", "서울", 300)]),
        ],
        "files": [FileItem("현황.hwpx", "/files/1", 17_400, "글 3쪽을 읽었습니다.", now)],
    }  # fmt: skip


def kit(request: HttpRequest) -> HttpResponse:
    """Show everything; a valid post goes to /kit/done/."""
    data = request.POST if request.method == "POST" else None
    form, formset = KitForm(data, request.FILES or None), RowFormSet(data, prefix="row")
    if data is not None and form.is_valid():
        return redirect("/kit/done/")
    page = Paginator(range(200), 10).get_page(request.GET.get("page", 5))
    values = {**context(), "form": form, "formset": formset, "page_obj": page}
    return HttpResponse(Template(PAGE).render(RequestContext(request, values)))


def done(request: HttpRequest) -> HttpResponse:
    """The page after a successful submit."""
    text = '{% extends "base.html" %}{% block heading %}끝{% endblock %}'
    return HttpResponse(Template(text).render(RequestContext(request)))
