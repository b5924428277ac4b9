from django.db import migrations

TABLE = """
CREATE TABLE comptoir_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX comptoir_cache_expires ON comptoir_cache (expires);
"""


class Migration(migrations.Migration):
    """The shared cache: throttles count over all processes."""

    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(TABLE, "DROP TABLE comptoir_cache;")]
