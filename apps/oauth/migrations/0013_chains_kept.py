"""The sessions whose tokens were exchanged for a session, which outlive those tokens (RFC 8693)."""

import django.contrib.postgres.fields
from django.db import migrations, models

# As far as the tokens are still there. A chain that is shorter than its lineage stands no more.
FILL = """
UPDATE oauth_tokensession AS exchanged SET exchanged_from = ARRAY(
    SELECT token.session_id
    FROM unnest(exchanged.lineage) WITH ORDINALITY AS came_of (jti, place)
    JOIN oauth_accesstoken AS token ON token.jti = came_of.jti
    ORDER BY came_of.place
)
WHERE exchanged.lineage <> '{}'
"""


class Migration(migrations.Migration):

    dependencies = [("oauth", "0012_approver_label")]

    operations = [
        migrations.AddField(
            model_name="tokensession",
            name="exchanged_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), default=list, size=None
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
