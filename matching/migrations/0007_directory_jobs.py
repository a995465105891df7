from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("matching", "0006_committees")]

    operations = [
        migrations.AlterField(
            "indexjob",
            "kind",
            models.CharField(
                choices=[
                    ("expert", "전문가"),
                    ("request", "요청"),
                    ("search", "검색 서버"),
                    ("directory", "전문가 찾기"),
                ],
                max_length=16,
            ),
        )
    ]
