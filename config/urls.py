"""Every address of the site: pages in two languages, the API, the admin."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

api_urls: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("accounts.api.urls")),
    path("", include("experts.api.urls")),
    path("", include("consulting.api.urls")),
    path("", include("matching.api.urls")),
    path("", include("audit.api.urls")),
    path("", include("notifications.api.urls")),
    path("", include("attachments.api.urls")),
    path("", include("content.api.urls")),
]

urlpatterns = [
    path("api/v1/", include((api_urls, "api"))),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    # Korean addresses carry no prefix, English ones begin with /en/.
    *i18n_patterns(
        path("accounts/", include("accounts.pages.urls")),
        path("experts/", include("experts.pages.urls")),
        path("requests/", include("consulting.pages.urls")),
        path("matching/", include("matching.pages.urls")),
        path("audit/", include("audit.pages.urls")),
        path("notifications/", include("notifications.pages.urls")),
        path("files/", include("attachments.pages.urls")),
        path("", include("content.pages.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "content.pages.errors.bad_request"
handler403 = "content.pages.errors.forbidden"
handler404 = "content.pages.errors.not_found"
handler500 = "content.pages.errors.server_error"
