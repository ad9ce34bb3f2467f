"""The trail's guards in the database: it only grows, every event waits for its seal, and no
event holds a number that canonical JSON cannot say (spec 4 no. 3)."""

from django.db import migrations

GUARDED = ("audit_event", "audit_leaf", "audit_node", "audit_checkpoint")

REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the trail is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
"""
ENQUEUE = """
CREATE FUNCTION audit_enqueue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_pendingevent (event_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_event_enqueue AFTER INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_enqueue();
"""
# RFC 8785 carries whole numbers up to 2^53 - 1 exactly; the trail uses strings for the rest.
WHOLE_NUMBERS = """
ALTER TABLE audit_event ADD CONSTRAINT audit_event_whole_numbers CHECK (NOT jsonb_path_exists(
    jsonb_build_array(data, private),
    '$.** ? (@.type() == "number" && (@.floor() != @ || @.abs() > 9007199254740991))'
));
"""


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();",
        f"DROP TRIGGER {table}_append_only ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION audit_refuse();"),
        *[guard(table) for table in GUARDED],
        migrations.RunSQL(
            ENQUEUE,
            "DROP TRIGGER audit_event_enqueue ON audit_event; DROP FUNCTION audit_enqueue();",
        ),
        migrations.RunSQL(
            WHOLE_NUMBERS,
            "ALTER TABLE audit_event DROP CONSTRAINT audit_event_whole_numbers;",
        ),
    ]
