"""One index less: the one of versions and statuses finds the runs of a version as well.

SQLite took the one of versions alone, and read all runs that have ended to find those that wait.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0001_initial"), ("jobs", "0006_mark")]

    operations = [
        migrations.AlterField(
            "run",
            "version",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="runs",
                to="analyses.analysisversion",
            ),
        ),
    ]
