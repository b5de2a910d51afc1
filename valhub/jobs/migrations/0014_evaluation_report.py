"""Adds why a script package's evaluation failed, for its organiser alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0013_counted")]

    operations = [
        migrations.AddField("run", "evaluation_report", models.TextField(blank=True, null=True)),
    ]
