"""What the directory searches in: derived from a profile, written anew with every change."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from experts.models.expert import Expert


class SearchDocument(models.Model):
    """Folded texts and their search keys (``experts.grams``), in two widths.

    ``open_*`` holds what people outside the Foundation may see of this person, ``full_*``
    everything. Keys besides the text's own: ``#T1-01`` a field and ``#T1`` its branch, so that
    one index finds the words and the other names of a field alike.
    """

    expert = models.OneToOneField(
        Expert, models.CASCADE, primary_key=True, related_name="search_document"
    )
    #: name, main affiliation, fields and keywords: a hit here ranks before one further down
    card_text = models.TextField()
    open_text = models.TextField()
    open_keys = ArrayField(models.TextField())
    full_text = models.TextField()
    full_keys = ArrayField(models.TextField())

    class Meta:
        indexes = [
            GinIndex(fields=["open_keys"], name="expert_open_keys"),
            GinIndex(fields=["full_keys"], name="expert_full_keys"),
        ]

    def __str__(self) -> str:
        return str(self.expert_id)
