from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    """Documents of before were made by the only analysis of words that there was.

    The default of the database fills them without touching a row, and is dropped again: whoever
    writes a document notes its analysis afterwards.
    """

    dependencies = [
        ("matching", "0009_sketches"),
    ]

    operations = [
        migrations.AddField(
            model_name="expertindex",
            name="analyser",
            field=models.CharField(
                db_default=Value("ko-morpheme-bigram-3"), max_length=60, null=True
            ),
        ),
        migrations.AlterField(
            model_name="expertindex",
            name="analyser",
            field=models.CharField(max_length=60, null=True),
        ),
    ]
