from django.db import migrations

import comptoir.kernel.fields


class Migration(migrations.Migration):
    """Why there is no answer is kept in words that are read in the reader's language; what stands there stays as it is."""

    dependencies = [("comptoir_stripe", "0002_silence")]

    operations = [
        migrations.AlterField(
            model_name="stripesilence",
            name="cause",
            field=comptoir.kernel.fields.WordsField(blank=True),
        ),
    ]
