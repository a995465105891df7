"""Employers, advisers and declared organisations as keys; plain names of people indexed."""

from collections.abc import Callable
from typing import Any

from django.db import migrations, models

from experts.links import LENGTH, LinkKeyField, key_of, plain_in_database, plain_name

BATCH = 5_000


def fill(apps: Any, schema_editor: Any) -> None:
    """Keys of the rows that are there."""
    claims = apps.get_model("experts", "Claim").objects.all()
    _fill(schema_editor, claims, lambda r: key_of(r.kind, r.title, r.details))
    relations = apps.get_model("experts", "Relation").objects.all()
    _fill(schema_editor, relations, lambda r: plain_name(r.organisation_name)[:LENGTH])


def _fill(schema_editor: Any, rows: Any, key: Callable[[Any], str]) -> None:
    table = rows.model._meta.db_table
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET link_key = new.key"
                " FROM unnest(%s::bigint[], %s::text[]) AS new(id, key)"
                f" WHERE {table}.id = new.id",
                [[row.pk for row in batch], [key(row) for row in batch]],
            )


class Migration(migrations.Migration):
    dependencies = [("experts", "0001_initial")]

    operations = [
        migrations.AddField("claim", "link_key", LinkKeyField(null=True)),
        migrations.AddField("relation", "link_key", LinkKeyField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("claim", "link_key", LinkKeyField()),
        migrations.AlterField("relation", "link_key", LinkKeyField()),
        migrations.AddIndex(
            "expert", models.Index(plain_in_database("name_ko"), name="expert_plain_ko")
        ),
        migrations.AddIndex(
            "expert", models.Index(plain_in_database("name_en"), name="expert_plain_en")
        ),
    ]
