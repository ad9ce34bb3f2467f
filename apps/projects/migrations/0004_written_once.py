"""A policy's version is written once: the database refuses the rest."""

from django.db import migrations

CREATE = """
CREATE FUNCTION projects_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER projects_policyversion_written_once BEFORE UPDATE OR DELETE ON projects_policyversion
    FOR EACH ROW EXECUTE FUNCTION projects_refuse_change();
CREATE TRIGGER projects_policyversion_never_emptied BEFORE TRUNCATE ON projects_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION projects_refuse_change()
"""
DROP = """
DROP TRIGGER projects_policyversion_never_emptied ON projects_policyversion;
DROP TRIGGER projects_policyversion_written_once ON projects_policyversion;
DROP FUNCTION projects_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_policies")]

    operations = [migrations.RunSQL(CREATE, DROP)]
