"""Adds how large each stored archive is, which counts in a quota of its account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0017_build"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="archive_bytes",
            field=models.PositiveBigIntegerField(null=True),
        ),
    ]
