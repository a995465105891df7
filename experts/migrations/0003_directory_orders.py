"""The orders of the directory as indexes over approved people."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experts", "0002_link_keys")]

    operations = [
        migrations.AddIndex(
            "expert",
            models.Index(
                fields=["name_ko", "name_en", "id"],
                condition=models.Q(state="approved"),
                name="expert_by_name",
            ),
        ),
        migrations.AddIndex(
            "expert",
            models.Index(
                models.F("approved_at").desc(nulls_last=True),
                "id",
                condition=models.Q(state="approved"),
                name="expert_by_approval",
            ),
        ),
    ]
