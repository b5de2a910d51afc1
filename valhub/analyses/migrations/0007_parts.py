"""Adds which part each file belongs to. Until now a file was public or not."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill_in(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    files = apps.get_model("analyses", "DataFile").objects.using(editor.connection.alias)
    files.filter(public=True).update(part="public")


class Migration(migrations.Migration):
    dependencies = [("analyses", "0006_notes")]

    operations = [
        migrations.AddField(
            model_name="datafile",
            name="part",
            field=models.CharField(db_default="hidden", default="hidden", max_length=10),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
