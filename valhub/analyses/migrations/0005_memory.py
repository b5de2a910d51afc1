"""What a package asks for, so that only workers whose machines hold as much take its runs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0004_environment")]

    operations = [
        migrations.AddField(
            "analysisversion",
            "memory_bytes",
            models.PositiveBigIntegerField(db_default=0, default=0),
        ),
    ]
