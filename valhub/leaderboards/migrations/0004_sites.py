from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leaderboards", "0003_losses")]

    operations = [
        migrations.AddField(
            model_name="score",
            name="sites",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
