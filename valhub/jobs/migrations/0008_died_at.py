"""When a holder died last: so that workers which were lost together count as one death.

Work that was queued before has none; the next death of it counts.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0007_run_version_one_index")]

    operations = [
        migrations.AddField("preparation", "died_at", models.DateTimeField(null=True)),
        migrations.AddField("shard", "died_at", models.DateTimeField(null=True)),
    ]
