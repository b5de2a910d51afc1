"""What a package offers algorithms, so that a submission's arguments are checked without it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0002_function_name")]

    operations = [
        migrations.AddField(
            "analysisversion",
            "offered_arguments",
            models.JSONField(blank=True, null=True),
        ),
    ]
