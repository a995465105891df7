"""Who may see which requests. Every read of a request starts from ``visible_to``."""

from typing import Any

from django.db import models


class RequestQuerySet(models.QuerySet[Any]):
    """Rights live here; see ``consulting.permissions`` for single-object rules."""
