"""Adds what participants can download of a version: its public files, their truth and metadata."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0009_final_files")]

    operations = [
        migrations.CreateModel(
            name="PublicPart",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="public_part",
                        serialize=False,
                        to="analyses.analysisversion",
                    ),
                ),
                ("archive", models.CharField(max_length=200)),
                ("archive_sha256", models.CharField(max_length=64)),
                ("archive_size", models.PositiveBigIntegerField()),
                ("files", models.JSONField(default=list)),
            ],
        ),
    ]
