from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0014_failed_reports")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="put_aside_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="paid back in another way, noted"),
        ),
    ]
