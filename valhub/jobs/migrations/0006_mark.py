"""How far the removal of old logs has come, so that it never visits a run twice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_tally")]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True)),
                ("number", models.PositiveBigIntegerField(default=0)),
            ],
        ),
    ]
