"""The search index of the PostgreSQL engine, the embedding cache and the stored backgrounds.

No foreign key leads from here to the experts: the same tables are made in a scratch schema for
evaluation, and an index may lag behind the database without breaking it.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField


class ExpertIndex(models.Model):
    """One expert as he is searched and scored; arrays are packed by ``engines.packing``."""

    expert_id = models.BigIntegerField(primary_key=True)
    #: hash of everything below, for caches and comparison with the database
    version = models.CharField(max_length=32)
    language = models.CharField(max_length=2)
    tags = ArrayField(models.TextField(), default=list)
    facts = ArrayField(models.TextField(), default=list)
    numbers = models.JSONField(default=dict)
    words = models.BinaryField()
    pieces = models.BinaryField()
    shown_pieces = models.JSONField(default=list)
    indexed_at = models.DateTimeField(default=timezone.now)
    #: rises with every write of any document (a database sequence): of two writes of a document
    #: the one with the larger number is the newer, also in the search cluster
    sequence = models.BigIntegerField(default=0)
    #: ``Expert.version`` that was read for this document; none when nobody noted it
    expert_version = models.PositiveIntegerField(null=True)
    #: ``analysis.analyser_version()`` that made its words; none when nobody noted it
    analyser = models.CharField(max_length=60, null=True)

    class Meta:
        verbose_name = _("전문가 색인")
        verbose_name_plural = _("전문가 색인")
        indexes = [
            GinIndex(fields=["tags"], name="expert_index_tags"),
            GinIndex(fields=["facts"], name="expert_index_facts"),
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.version}"


class ExpertIndexVectors(models.Model):
    """One expert's vectors of one encoder: the one to search by, and those of all pieces."""

    pk = models.CompositePrimaryKey("encoder", "expert_id")
    expert_id = models.BigIntegerField()
    encoder = models.CharField(max_length=100)
    candidate = VectorField()
    pieces = models.BinaryField()
    #: the centred pieces in eight bits, kept in the row itself so that many are read quickly
    sketch = models.BinaryField(null=True)
    #: false when no piece is in a language of the encoder: there is nothing to find by
    searchable = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("전문가 벡터")
        verbose_name_plural = _("전문가 벡터")

    def __str__(self) -> str:
        return f"{self.expert_id} {self.encoder}"


class ExpertIndexPosting(models.Model):
    """How much one token says about one expert (BM25's term part, without rarity)."""

    pk = models.CompositePrimaryKey("token", "expert_id")
    token = models.BigIntegerField()
    expert_id = models.BigIntegerField(db_index=True)
    impact = models.FloatField()

    class Meta:
        verbose_name = _("전문가 낱말")
        verbose_name_plural = _("전문가 낱말")

    def __str__(self) -> str:
        return f"{self.token} {self.expert_id}"


class Embedding(models.Model):
    """A vector once computed, by encoder, side and hash of the text (half precision)."""

    pk = models.CompositePrimaryKey("fingerprint", "role", "text_hash")
    fingerprint = models.CharField(max_length=100)
    role = models.CharField(max_length=1)
    text_hash = models.BinaryField(max_length=16)
    vector = models.BinaryField()

    class Meta:
        verbose_name = _("저장된 벡터")
        verbose_name_plural = _("저장된 벡터")

    def __str__(self) -> str:
        return f"{self.fingerprint} {self.role}"


class StoredBackground(models.Model):
    """A background made for this site; the active one is used, else the one that ships."""

    version = models.CharField(max_length=32, unique=True)
    data = models.BinaryField()
    note = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("배경 통계")
        verbose_name_plural = _("배경 통계")
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"],
                condition=models.Q(is_active=True),
                name="one_active_background",
            )
        ]

    def __str__(self) -> str:
        return self.version


#: made by a migration; every write of a document takes the next number
SEQUENCE = "matching_index_sequence"
INDEX_MODELS = (ExpertIndex, ExpertIndexVectors, ExpertIndexPosting)
