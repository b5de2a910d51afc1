"""Adds a run's results on the final part, and whether what it scored is released."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0011_heartbeat")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="final",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="released",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
