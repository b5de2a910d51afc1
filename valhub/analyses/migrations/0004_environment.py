"""What a package declares about environments, so that pages and uploads need not read it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0003_offered_arguments")]

    operations = [
        migrations.AddField(
            "analysisversion",
            "environment",
            models.JSONField(blank=True, null=True),
        ),
    ]
