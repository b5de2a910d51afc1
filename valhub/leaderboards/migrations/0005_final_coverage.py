"""Adds which share of the final part an entry has scored."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leaderboards", "0004_sites")]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="final_coverage",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
