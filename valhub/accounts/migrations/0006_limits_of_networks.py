"""Adds where accounts have signed in from, and what limits by user name and by network count."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_rejected_upload"),
    ]

    operations = [
        migrations.CreateModel(
            name="KnownSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="known_sources",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="known_source_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "key"), name="known_source_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RegistrationAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "indexes": [models.Index(fields=["key", "at"], name="registration_key_at")],
            },
        ),
        migrations.AddField(
            model_name="failedsignin",
            name="name_key",
            field=models.CharField(db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="failedsignin",
            name="network_key",
            field=models.CharField(db_default="", default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="failedsignin",
            index=models.Index(fields=["name_key", "at"], name="failed_sign_in_name_at"),
        ),
        migrations.AddIndex(
            model_name="failedsignin",
            index=models.Index(fields=["network_key", "at"], name="failed_sign_in_network_at"),
        ),
    ]
