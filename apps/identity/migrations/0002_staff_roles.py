"""The staff roles, as groups; governance fills them with permissions after each migrate."""

from django.db import migrations

ROLES = [
    "viewer",
    "onboarding_officer",
    "procurement_manager",
    "security_officer",
    "administrator",
]


def add_roles(apps, _editor):
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


def remove_roles(apps, _editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunPython(add_roles, remove_roles)]
