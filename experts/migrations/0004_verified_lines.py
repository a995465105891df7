"""Verified lines indexed by person: eligibility asks for them of the whole register."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experts", "0003_directory_orders")]

    operations = [
        migrations.AddIndex(
            "claim",
            models.Index(
                fields=["expert", "verified_until"],
                condition=models.Q(verification="verified"),
                name="claim_verified",
            ),
        )
    ]
