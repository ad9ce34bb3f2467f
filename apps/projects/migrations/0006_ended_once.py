"""What policies, approval rules and rates say stays as it was written: they can only be ended, once."""

from django.db import migrations

TABLES = {
    "projects_purchasingpolicy": "retired_at",
    "projects_approvalrule": "retired_at",
    "projects_exchangerate": "withdrawn_at",
}
FUNCTION = """
CREATE FUNCTION projects_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0]
        AND to_jsonb(OLD) -> TG_ARGV[0] = 'null'::jsonb
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% rows are written once and ended once: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""
TRIGGERS = """
CREATE TRIGGER {table}_ended_once BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION projects_only_end('{column}');
CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION projects_refuse_change();
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION projects_refuse_change()
"""
DROP = """
DROP TRIGGER {table}_never_emptied ON {table};
DROP TRIGGER {table}_never_deleted ON {table};
DROP TRIGGER {table}_ended_once ON {table}
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_withdrawn_rates")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION projects_only_end()"),
        *(
            migrations.RunSQL(TRIGGERS.format(table=table, column=column), DROP.format(table=table))
            for table, column in TABLES.items()
        ),
    ]
