from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def forget_intervals(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Intervals so far did not count systems and held less often than they said."""
    apps.get_model("leaderboards", "Score").objects.update(low=None, high=None)
    # Pages that browsers keep are named by the board's number.
    apps.get_model("leaderboards", "Board").objects.update(number=models.F("number") + 1)


class Migration(migrations.Migration):
    dependencies = [("leaderboards", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="score",
            name="systems",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(forget_intervals, migrations.RunPython.noop),
    ]
