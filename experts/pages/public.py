"""The directory, a profile, the vocabulary: what everyone may see, each as far as they may."""

import csv
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import is_staff_member
from content.dates import is_english
from content.ui import Facet, FacetOption
from experts import permissions
from experts.models import Axis, Expert
from experts.permissions import Level
from experts.selectors import directory as selectors
from experts.selectors import profile as profiles
from experts.selectors import taxonomy as vocabulary
from experts.services.taxonomy import COLUMNS

PER_PAGE = 20


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Search, facets, cards."""
    number = request.GET.get("page")
    search = selectors.Search(
        request.user, selectors.filters_of(request.GET), start=start_of(number), size=PER_PAGE
    )
    results: Any = search.results()
    page = Paginator(results, PER_PAGE).get_page(number)
    facets = search.facets()
    context = {
        "search": search,
        "page_obj": page,
        "cards": profiles.cards(search, page.object_list),
        "facets": [_facet(facet) for facet in facets],
        "chips": _chips(request, search, facets),
        "clear_url": request.path,
        "sorts": [(k, t) for k, t in selectors.SORTS.items() if k != "match" or search.terms],
        "marked": " ".join(term.word for term in search.terms),
        "reads_all": permissions.reads_all(request.user),
    }
    return render(request, "experts/directory.html", context)


def start_of(number: str | None) -> int:
    """Place of the first person of a page that an address names."""
    plain = number is not None and number.isascii() and number.isdigit() and len(number) < 7
    return max(int(number or 1) - 1, 0) * PER_PAGE if plain else 0


def _facet(facet: selectors.Facet) -> Facet:
    options = [FacetOption(o.value, o.label, o.count, o.selected) for o in facet.options]
    return Facet(facet.name, facet.label, options)


def _chips(
    request: HttpRequest, search: selectors.Search, facets: list[selectors.Facet]
) -> list[tuple[str, str]]:
    """What the list is filtered by, each with the address that leaves it out."""
    chips = []
    if search.filters.query:
        chips.append((f"“{search.filters.query}”", _without(request, "q")))
    for facet in facets:
        labels = {o.value: o.label.removeprefix("└ ") for o in facet.options}
        for value in getattr(search.filters, facet.name):
            text = labels.get(value, value)
            chips.append((f"{facet.label}: {text}", _without(request, facet.name, value)))
    return chips


def _without(request: HttpRequest, name: str, value: str | None = None) -> str:
    query = request.GET.copy()
    kept = [v for v in query.getlist(name) if value is not None and v != value]
    query.setlist(name, kept)
    query.pop("page", None)
    return f"{request.path}?{query.urlencode()}"


def visible_expert(request: HttpRequest, public_id: Any) -> Expert:
    """The profile, if the person may see anything of it. Raises ``Http404``."""
    people = Expert.objects.visible_to(request.user).for_listing()
    expert = people.filter(public_id=public_id).first()
    if expert is None:
        raise Http404
    return expert


@require_safe
def profile(request: HttpRequest, public_id: Any) -> HttpResponse:
    """One person as far as the viewer may see; staff reach the full record from here."""
    expert = visible_expert(request, public_id)
    level = permissions.level_of(request.user, expert)
    shown = _shown_level(expert) if level == Level.FULL else level
    view = profiles.view_of(expert, shown)
    context = {
        "view": view,
        "expert": expert,
        "timeline": profiles.timeline(view.claims),
        "similar": profiles.similar(expert, request.user),
        "own": permissions.is_own(request.user, expert),
        "may_open_record": permissions.reads_all(request.user),
        "is_staff": is_staff_member(request.user),
        "modes": profiles.modes_of(expert),
    }
    return render(request, "experts/profile.html", context)


def _shown_level(expert: Expert) -> Level:
    """What the public page of a person shows to those who may see everything."""
    return Level.OPEN if expert.is_public else Level.CARD


@require_safe
def taxonomy(request: HttpRequest) -> HttpResponse:
    """The three axes with all their words."""
    axes = [(Axis(code).label, code, rows) for code, rows in vocabulary.tree().items()]
    context = {"axes": axes, "english": is_english()}
    return render(request, "experts/taxonomy.html", context)


@require_safe
def taxonomy_csv(request: HttpRequest) -> HttpResponse:
    """The vocabulary in the format that ``load_taxonomy`` reads."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="taxonomy.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(vocabulary.csv_rows())
    return response
