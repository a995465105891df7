"""What every page may show about the site itself."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Template variables `site_name` and `demo_data`."""
    return {"site_name": settings.SITE_NAME, "demo_data": settings.DEMO}
