"""Adds how large each stored archive is, which counts in a quota of its account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0010_public_part"),
    ]

    operations = [
        migrations.AddField(
            model_name="analysisversion",
            name="archive_bytes",
            field=models.PositiveBigIntegerField(null=True),
        ),
    ]
