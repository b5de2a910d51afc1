"""When a shard last progressed, so that workers with nothing to do see where to help."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddField("preparation", "progressed_at", models.DateTimeField(null=True)),
        migrations.AddField("shard", "progressed_at", models.DateTimeField(null=True)),
    ]
