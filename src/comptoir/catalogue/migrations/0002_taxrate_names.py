"""A tax rate has a name in each language; the one that was given until now stands in both."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0001_initial"),
    ]

    operations = [
        migrations.RenameField(model_name="taxrate", old_name="name", new_name="name_fr"),
        migrations.AlterField(
            model_name="taxrate",
            name="name_fr",
            field=models.CharField(blank=True, max_length=60, verbose_name="name (French)"),
        ),
        migrations.AddField(
            model_name="taxrate",
            name="name_en",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="name (English)"),
            preserve_default=False,
        ),
    ]
