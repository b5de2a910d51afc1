"""Whether a file's processor time was measured, which takes control groups."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0009_requirement_lock")]

    operations = [
        migrations.AddField(
            model_name="fileresult",
            name="cpu_measured",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
