"""When work became claimable and workers were last notified, so that messages may be lost."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_launch")]

    operations = [
        migrations.AddField(kind, name, models.DateTimeField(db_default=Now()))
        for kind in ("preparation", "shard")
        for name in ("queued_at", "woken_at")
    ]
