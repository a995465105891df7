from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0002_encoder_sets'),
    ]

    operations = [
        migrations.RunSQL(
            'CREATE SEQUENCE matching_index_sequence',
            'DROP SEQUENCE matching_index_sequence',
        ),
        migrations.AddField(
            model_name='expertindex',
            name='sequence',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='expertindex',
            name='expert_version',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='expertindexvectors',
            name='searchable',
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name='indexjob',
            name='kind',
            field=models.CharField(choices=[('expert', '전문가'), ('request', '요청'), ('search', '검색 서버')], max_length=16),
        ),
        # documents of before get a number too: zero is no version for the search cluster
        migrations.RunSQL(
            "UPDATE matching_expertindex SET sequence = nextval('matching_index_sequence')",
            migrations.RunSQL.noop,
        ),
    ]
