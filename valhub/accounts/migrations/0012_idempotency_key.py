"""Adds the keys under which requests are done once."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_identity")]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("request", models.CharField(max_length=64)),
                ("holder", models.CharField(max_length=32)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("made", models.CharField(blank=True, default="", max_length=64)),
                ("answer", models.JSONField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="idempotency_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="idempotency_key_at")],
                "constraints": [
                    models.UniqueConstraint(fields=["account", "key"], name="idempotency_key_once")
                ],
            },
        ),
    ]
