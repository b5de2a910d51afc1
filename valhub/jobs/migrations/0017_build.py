"""Environments that runs wait for: one row for each run and machine."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0016_wall_measured"),
    ]

    operations = [
        migrations.CreateModel(
            name="Build",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("queued", "Queued"),
                            ("leased", "Leased"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("deaths", models.PositiveIntegerField(default=0)),
                ("owner", models.CharField(blank=True, max_length=100)),
                ("lease_until", models.DateTimeField(null=True)),
                (
                    "queued_at",
                    models.DateTimeField(db_default=Now()),
                ),
                (
                    "woken_at",
                    models.DateTimeField(db_default=Now()),
                ),
                ("progressed_at", models.DateTimeField(null=True)),
                ("died_at", models.DateTimeField(null=True)),
                ("store", models.CharField(max_length=32)),
                ("environment", models.CharField(max_length=64)),
                ("trouble", models.TextField(blank=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                (
                    "try_after",
                    models.DateTimeField(db_default=Now()),
                ),
                (
                    "seen_at",
                    models.DateTimeField(db_default=Now()),
                ),
                ("seconds", models.FloatField(default=0.0)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="builds",
                        to="jobs.run",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "store"], name="build_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "store"), name="build_once_a_machine")
                ],
            },
        ),
    ]
