import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboards", "0002_systems"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RunLosses",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("column", models.CharField(max_length=200)),
                ("run_id", models.BigIntegerField()),
                ("systems", models.PositiveIntegerField()),
                ("files", models.PositiveIntegerField()),
                ("losses", models.BinaryField()),
                ("missing", models.BinaryField()),
                ("digest", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "board",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="losses",
                        to="leaderboards.board",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "losses of runs",
                "indexes": [
                    models.Index(fields=["board", "column", "digest"], name="losses_distinct"),
                    models.Index(fields=["account", "board", "column"], name="losses_account"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("run_id", "column"), name="losses_run_once")
                ],
            },
        ),
    ]
