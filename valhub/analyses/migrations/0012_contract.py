"""Adds what a package asks of algorithms: arguments, answer and limits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0011_archive_bytes")]

    operations = [
        migrations.AddField(
            model_name="analysisversion",
            name="contract",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
