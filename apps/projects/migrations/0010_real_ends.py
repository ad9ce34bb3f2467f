from django.db import migrations

# Of projects that were closed by an earlier release: since then closing writes when access ended.
REAL_ENDS = """
UPDATE projects_project SET access_until = closed_at
WHERE status = 'closed' AND closed_at < access_until
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0009_requires_contract")]
    operations = [migrations.RunSQL(REAL_ENDS, migrations.RunSQL.noop)]
