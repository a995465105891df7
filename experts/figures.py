"""Numbers that this app gives to the front page."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from content.figures import Figure, Work, register, register_work
from experts.models import Axis, Expert
from experts.selectors import review
from experts.selectors.directory import count_on_axis


def _count() -> int:
    return Expert.objects.approved().visible_to(None).count()


def _directory() -> str:
    return reverse("experts:directory")


def _axis_list(axis: str) -> str:
    """The directory filtered by all branches of an axis: the list behind the number."""
    from urllib.parse import urlencode

    from experts.models import TaxonomyNode

    branches = TaxonomyNode.objects.filter(axis=axis, parent=None).order_by("code")
    codes = branches.values_list("code", flat=True)
    return f"{_directory()}?{urlencode([(axis, code) for code in codes])}"


def register_all() -> None:
    """Offer the figures and the waiting work to the content app."""
    group = _("등록 전문가")
    register(Figure("experts", _("공개 전문가"), _count, _directory, 10, _("명"), group))
    for order, (axis, label) in enumerate(Axis.choices, start=11):
        figure = Figure(
            f"experts-{axis}",
            label,
            partial(count_on_axis, str(axis)),
            partial(_axis_list, str(axis)),
            order,
            _("명"),
            group,
        )
        register(figure)
    register_work(
        Work(
            "expert-review",
            _("검토를 기다리는 전문가"),
            review.waiting_count,
            "experts:review_queue",
            frozenset({str(Role.REVIEWER)}),
            20,
        )
    )
