"""Rights to the site's own pages: all public; editors and administrators write announcements."""

from tests.factories.content import AnnouncementFactory
from tests.rights.table import Row, everyone, hidden_from_others, only, signed_in


def published(user):
    """An announcement whose time has come."""
    return {"pk": AnnouncementFactory().pk}


def planned(user):
    """One whose time has not come."""
    return {"pk": AnnouncementFactory(planned=True).pk}


editors = only("editor", "administrator")
plans = hidden_from_others("editor", "administrator", anonymous="404")

ROWS = [
    Row("content:home", get=everyone),
    Row("content:news", get=everyone),
    Row("content:news_item", args=published, get=everyone),
    Row("content:news_item", args=planned, get=plans, note="planned"),
    Row("content:news_write", get=editors, post=editors),
    Row("content:news_edit", args=published, get=editors, post=editors),
    Row("content:news_remove", args=published, get=editors, post=editors),
    Row("content:ai_guide", get=everyone),
    Row("content:help", get=everyone),
    Row("content:privacy", get=everyone),
    Row("content:status", get=everyone),
    Row("content:robots", get=everyone),
    Row("content:sitemap", get=everyone),
    Row("content:session_extend", get=signed_in),
    Row("api:announcement-list", get=everyone),
    Row("api:announcement-detail", args=published, get=everyone),
    Row("api:announcement-detail", args=planned, get=plans, note="planned"),
]
