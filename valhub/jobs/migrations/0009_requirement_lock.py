"""Locks of requirements, so that a submission gets the same packages on every machine for good."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0004_environment"), ("jobs", "0008_died_at")]

    operations = [
        migrations.CreateModel(
            name="RequirementLock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requirement_locks",
                        to="analyses.analysisversion",
                        db_index=False,
                    ),
                ),
                ("name", models.CharField(max_length=64)),
                ("document", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["version", "name"], name="lock_name_once")
                ],
            },
        ),
    ]
