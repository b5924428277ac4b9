from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0010_refunds_to_see_to"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="payout",
            options={
                "default_permissions": ("view",),
                "ordering": ["-created_at", "-id"],
                "verbose_name": "payout",
                "verbose_name_plural": "payouts",
            },
        ),
        migrations.AlterModelOptions(
            name="payoutrow",
            options={
                "default_permissions": (),
                "ordering": ["-booked_at", "-id"],
                "verbose_name": "row of a payout",
                "verbose_name_plural": "rows of payouts",
            },
        ),
        migrations.AddField(
            model_name="payout",
            name="contents_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="sum of its contents, minor units"),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(fields=["-created_at", "-id"], name="payments_payout_newest"),
        ),
    ]
