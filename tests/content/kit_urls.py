"""The site's addresses and the page of all fragments."""

from django.urls import path

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as site_urls
from tests.content import kit

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("kit/", kit.kit), path("kit/done/", kit.done), *site_urls]
