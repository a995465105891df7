"""Entry point for the production web server."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.wrong_settings import stop_on_wrong_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

application = get_wsgi_application()
# Load every page's code now: once, before the server's processes share it, and with its errors
# at the start instead of at the first visit.
_ = get_resolver().url_patterns
stop_on_wrong_settings()
