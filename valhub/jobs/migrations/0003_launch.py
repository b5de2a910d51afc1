"""The instances that were launched for analyses."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0001_initial"), ("jobs", "0002_progress")]

    operations = [
        migrations.CreateModel(
            name="Launch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.PositiveIntegerField(null=True)),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("instance_id", models.CharField(blank=True, max_length=200)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("try_after", models.DateTimeField(default=django.utils.timezone.now)),
                ("trouble", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("launched_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "analysis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="launches",
                        to="analyses.analysis",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "launches",
                "indexes": [models.Index(fields=["ended_at"], name="launch_ended")],
                "constraints": [
                    models.UniqueConstraint(fields=("analysis", "slot"), name="launch_slot_once")
                ],
            },
        ),
    ]
