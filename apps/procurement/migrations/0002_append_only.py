"""What authorised an order, and what a vendor answered, is written once: the database refuses the rest."""

from django.db import migrations

TABLES = (
    "procurement_orderrevision",
    "procurement_acknowledgement",
    "procurement_acknowledgementline",
)

CREATE_FUNCTION = """
CREATE FUNCTION procurement_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""
DROP_FUNCTION = "DROP FUNCTION procurement_refuse_change()"

CREATE_TRIGGERS = """
CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION procurement_refuse_change();
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION procurement_refuse_change()
"""
DROP_TRIGGERS = """
DROP TRIGGER {table}_never_emptied ON {table};
DROP TRIGGER {table}_written_once ON {table}
"""


class Migration(migrations.Migration):
    dependencies = [("procurement", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE_FUNCTION, DROP_FUNCTION),
        *(
            migrations.RunSQL(
                CREATE_TRIGGERS.format(table=table), DROP_TRIGGERS.format(table=table)
            )
            for table in TABLES
        ),
    ]
