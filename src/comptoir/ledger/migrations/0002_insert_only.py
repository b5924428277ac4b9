from django.db import migrations

TABLES = ("ledger_entry", "ledger_settlemententry", "ledger_allocation")
FUNCTION = """
CREATE FUNCTION comptoir_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME; END $$;
"""


class Migration(migrations.Migration):
    """The ledger is insert-only: the database refuses anything else, whoever asks."""

    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION comptoir_insert_only();"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER comptoir_insert_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION comptoir_insert_only();",
                f"DROP TRIGGER comptoir_insert_only ON {table};",
            )
            for table in TABLES
        ),
    ]
