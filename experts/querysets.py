"""Who may see which experts. Every read of an expert starts from ``visible_to``."""

from typing import Any

from django.db import models


class ExpertQuerySet(models.QuerySet[Any]):
    """Rights live here; see ``experts.permissions`` for single-object rules."""
