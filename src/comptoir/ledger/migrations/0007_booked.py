from django.db import migrations, models

# When the provider booked a row was not kept before: of those rows the time of the payment stands for it. The trigger that refuses every
# change of the ledger is lifted for this one statement.
FILL = """
ALTER TABLE ledger_settlemententry DISABLE TRIGGER comptoir_insert_only;
UPDATE ledger_settlemententry SET booked_at = date_trunc('second', entry.occurred_at)
FROM ledger_entry entry WHERE entry.id = entry_id AND booked_at IS NULL;
ALTER TABLE ledger_settlemententry ENABLE TRIGGER comptoir_insert_only;
"""


class Migration(migrations.Migration):
    """Settlements know when the provider booked them, and under which category."""

    dependencies = [("ledger", "0006_recorded_by")]
    operations = [
        migrations.AddField(
            model_name="settlemententry",
            name="category",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="category"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="settlemententry",
            name="booked_at",
            field=models.DateTimeField(null=True, verbose_name="booked"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="settlemententry",
            name="booked_at",
            field=models.DateTimeField(verbose_name="booked"),
        ),
        migrations.AddIndex(
            model_name="entry", index=models.Index(fields=["occurred_at"], name="ledger_entry_occurred")
        ),
        migrations.AddIndex(
            model_name="settlemententry",
            index=models.Index(fields=["booked_at", "id"], name="ledger_settlement_booked"),
        ),
    ]
