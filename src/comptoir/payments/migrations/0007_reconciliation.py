import comptoir.kernel.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """Reports of the reconciliation. Lines and sums are insert-only, and a report that has ended is: the database refuses the rest."""

    dependencies = [
        ("ledger", "0007_booked"),
        ("payments", "0006_disputes_followed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("module", models.CharField(max_length=60, verbose_name="module")),
                ("account", models.CharField(max_length=80, verbose_name="account")),
                ("mode", models.CharField(max_length=4, verbose_name="mode")),
                ("since", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(verbose_name="until")),
                ("day", models.DateField(blank=True, null=True, verbose_name="day")),
                ("who", models.CharField(max_length=150, verbose_name="asked for by")),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="asked for"
                    ),
                ),
                ("read_until", models.DateTimeField()),
                ("rows", models.PositiveBigIntegerField(default=0, verbose_name="rows")),
                ("problems", models.PositiveBigIntegerField(default=0, verbose_name="findings")),
                ("alive_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("problem", comptoir.kernel.fields.WordsField(blank=True, verbose_name="problem")),
            ],
            options={
                "verbose_name": "reconciliation",
                "verbose_name_plural": "reconciliations",
                "ordering": ["-id"],
                "default_permissions": ("view", "add"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("module", "account", "mode", "day"), name="payments_reconciliation_nightly"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReconciliationSum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("there", "ours, at the provider"),
                            ("here", "ours, in the ledger"),
                            ("others", "another’s"),
                            ("account", "the account’s own"),
                            ("unknown", "not known whose"),
                        ],
                        max_length=10,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("category", models.CharField(blank=True, max_length=60)),
                ("count", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("net_minor", models.BigIntegerField()),
                (
                    "reconciliation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sums", to="payments.reconciliation"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ReconciliationLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("missing_here", "missing here"),
                            ("missing_there", "missing at the provider"),
                            ("twice", "booked twice here"),
                            ("amount", "the amount differs"),
                            ("fee", "fee or net differs"),
                            ("unread", "fee and net not read yet"),
                            ("elsewhere", "booked here for something else"),
                            ("unknown", "not known whose"),
                            ("others", "another’s"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reference", models.CharField(max_length=255)),
                ("category", models.CharField(blank=True, max_length=60)),
                ("source", models.CharField(blank=True, max_length=255)),
                ("payment", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField()),
                ("there", models.JSONField(null=True)),
                ("here", models.JSONField(null=True)),
                ("entry", models.BigIntegerField(null=True)),
                (
                    "reconciliation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.reconciliation"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["reconciliation", "finding", "id"], name="payments_reconline_finding")
                ],
            },
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER comptoir_insert_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION comptoir_insert_only();",
                f"DROP TRIGGER comptoir_insert_only ON {table};",
            )
            for table in ("payments_reconciliationline", "payments_reconciliationsum")
        ),
        migrations.RunSQL(
            "CREATE TRIGGER comptoir_insert_only BEFORE UPDATE ON payments_reconciliation "
            "FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION comptoir_insert_only(); "
            "CREATE TRIGGER comptoir_never_deleted BEFORE DELETE ON payments_reconciliation "
            "FOR EACH ROW EXECUTE FUNCTION comptoir_insert_only();",
            "DROP TRIGGER comptoir_insert_only ON payments_reconciliation; "
            "DROP TRIGGER comptoir_never_deleted ON payments_reconciliation;",
        ),
    ]
