"""Whether a file's run time was measured: not where the machine or the sandbox was stopped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0015_space")]

    operations = [
        migrations.AddField(
            model_name="fileresult",
            name="wall_measured",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
