import django.db.models.functions.datetime
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION kernel_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME; END $$;
"""
TRIGGER = """
CREATE TRIGGER kernel_insert_only BEFORE UPDATE OR DELETE ON kernel_auditentry
FOR EACH ROW EXECUTE FUNCTION kernel_insert_only();
"""


class Migration(migrations.Migration):
    """The audit trail is insert-only: the database refuses anything else, whoever asks."""

    dependencies = [("kernel", "0002_cache")]
    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="when")),
                ("who", models.CharField(max_length=300, verbose_name="who")),
                ("verb", models.CharField(max_length=40, verbose_name="deed")),
                ("noun", models.CharField(max_length=80, verbose_name="noun")),
                ("key", models.CharField(max_length=80, verbose_name="object")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                ("address", models.CharField(blank=True, max_length=50, verbose_name="network")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit trail",
                "ordering": ["-id"],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["who", "-id"], name="kernel_audit_who"),
                    models.Index(fields=["verb", "-id"], name="kernel_audit_verb"),
                    models.Index(fields=["noun", "key", "-id"], name="kernel_audit_thing"),
                    models.Index(fields=["at"], name="kernel_audit_at"),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION kernel_insert_only();"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER kernel_insert_only ON kernel_auditentry;"),
    ]
