"""The access tokens whose exchange a session came of (RFC 8693)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("oauth", "0004_identity")]

    operations = [
        migrations.AddField(
            model_name="tokensession",
            name="lineage",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), default=list, size=None
            ),
        ),
    ]
