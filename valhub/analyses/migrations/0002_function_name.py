"""What a package asks for, so that a submission is checked without fetching the package."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0001_initial")]

    operations = [
        migrations.AddField(
            "analysisversion",
            "function_name",
            models.TextField(blank=True, default="", db_default=""),
        ),
    ]
