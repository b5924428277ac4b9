from django.db import migrations, models


class Migration(migrations.Migration):
    """A report whose reading was given up says so: until now it said that it goes on by itself."""

    dependencies = [("payments", "0013_refund_asked_by")]

    operations = [
        migrations.AddField(
            model_name="reconciliation",
            name="failed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="failed"),
        ),
    ]
