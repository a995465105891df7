"""Numbers for the front page: requests answered this year, and what waits for a person.

The split by kind stands on the page behind the number.
"""

from django.utils.translation import gettext_lazy as _

from consulting import selectors
from content.figures import Figure, Work, register, register_work


def register_all() -> None:
    """Offer the figures to the front page."""
    register(
        Figure(
            "requests.answered",
            _("올해 답한 요청"),
            selectors.answered_this_year,
            "consulting:answered",
            order=40,
            unit=_("건"),
            group=_("요청"),
        )
    )
    register_work(
        Work(
            "requests.department",
            _("제출하거나 답할 요청"),
            selectors.waiting_for_department,
            "consulting:my_requests",
            frozenset({"officer"}),
            order=10,
        )
    )
    register_work(
        Work(
            "requests.desk",
            _("처리할 요청"),
            selectors.waiting_for_desk,
            "consulting:desk",
            frozenset({"manager"}),
            order=10,
        )
    )
