"""Adds what attempts to sign in lock, so that they are numbered in the order of commits."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_registration"),
    ]

    operations = [
        migrations.CreateModel(
            name="AttemptLock",
            fields=[
                ("number", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("locked_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
    ]
