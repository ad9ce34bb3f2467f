"""What each role sees of a partner's record until staff say otherwise (reference 3b)."""

from django.db import migrations

OPEN = ["profile"]
NEAR = [*OPEN, "address", "contacts"]
OWN = [*NEAR, "tax", "banking"]
ALL = [*OWN, "banking.full", "internal"]
SEEN = {
    "salesperson": OPEN,
    "manager": NEAR,
    "admin": OWN,
    "viewer": [*OPEN, "address"],
    "editor": [*NEAR, "tax"],
    "approver_admin": ALL,
    # By scope alone: the full numbers are for a payment system that was given theirs.
    "integration": ALL,
}


def add_rules(apps, _editor):
    rule = apps.get_model("partners", "ClaimRule")
    rule.objects.bulk_create(
        rule(role=role, group=group) for role, groups in SEEN.items() for group in groups
    )


class Migration(migrations.Migration):
    dependencies = [("partners", "0003_records")]
    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
