"""Adds what a package declares about showing results, and when its final part was revealed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0007_parts")]

    operations = [
        migrations.AddField(
            model_name="analysisversion",
            name="disclosure",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="analysisversion",
            name="revealed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
