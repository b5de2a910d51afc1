"""Events that report several files of a large run, and how far they have come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0018_archive_bytes"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="files_per_event",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="run",
            name="reported_to",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="unreported",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
