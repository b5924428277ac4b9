from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_insert_only")]
    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["payment"], name="ledger_entry_payment"),
        ),
        migrations.AddIndex(
            model_name="settlemententry",
            index=models.Index(
                fields=["reference"], name="ledger_settlement_prefix", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
