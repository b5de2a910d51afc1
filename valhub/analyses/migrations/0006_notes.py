"""What the check of a package points out to its organiser."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0005_memory")]

    operations = [
        migrations.AddField("analysisversion", "notes", models.JSONField(default=list, null=True)),
    ]
