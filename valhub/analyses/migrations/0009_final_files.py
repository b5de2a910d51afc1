"""Adds how many files of a version's final part count, so that boards need not ask each time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0008_disclosure")]

    operations = [
        migrations.AddField(
            model_name="analysisversion",
            name="final_files",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
