"""Adds whether a run counts against its author's quotas: a file that is not public was judged.

Until now a submission counted by whose fault its end was.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill_in(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    using = editor.connection.alias
    results = apps.get_model("jobs", "FileResult").objects.using(using)
    judged = results.filter(run=models.OuterRef("pk")).exclude(file__part="public")
    judged = judged.exclude(verdict__in=("organiser_error", "internal_error", "cancelled"))
    apps.get_model("jobs", "Run").objects.using(using).filter(models.Exists(judged)).update(
        counted=True
    )


class Migration(migrations.Migration):
    dependencies = [("analyses", "0007_parts"), ("jobs", "0012_final_part")]

    operations = [
        migrations.AddField("run", "counted", models.BooleanField(db_default=False, default=False)),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
