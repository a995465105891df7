from django.contrib.sitemaps.views import sitemap
from django.urls import path
from django.views.decorators.http import require_safe

from content.pages import editing, views
from content.sitemaps import SECTIONS

app_name = "content"
urlpatterns = [
    path("", views.home, name="home"),
    path("news/", views.news, name="news"),
    path("news/<int:pk>/", views.news_item, name="news_item"),
    path("news/new/", editing.write, name="news_write"),
    path("news/<int:pk>/edit/", editing.write, name="news_edit"),
    path("news/<int:pk>/remove/", editing.remove, name="news_remove"),
    path("about-ai/", views.ai_guide, name="ai_guide"),
    path("privacy/", views.privacy, name="privacy"),
    path("help/", views.help_page, name="help"),
    path("status/", views.status, name="status"),
    path("session/extend/", views.session_extend, name="session_extend"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": SECTIONS}, name="sitemap"),
]
