"""The staff roles hold exactly what the table says."""

import pytest
from django.contrib.auth.models import Group, Permission

from apps.governance.policy import STAFF_PERMISSIONS
from apps.governance.services.staff import sync_staff_roles
from apps.identity.models import StaffRole

pytestmark = pytest.mark.django_db


def held(role: str) -> set[str]:
    rows = Permission.objects.filter(group__name=role)
    return {
        f"{app}.{name}" for app, name in rows.values_list("content_type__app_label", "codename")
    }


@pytest.mark.parametrize("role", StaffRole)
def test_each_role_has_its_permissions_after_migrate_and_no_others(role: StaffRole) -> None:
    """A misspelt permission in the table would be missing here."""
    assert held(role) == set(STAFF_PERMISSIONS[role])


def test_sync_takes_away_what_the_table_does_not_name_and_gives_what_is_missing() -> None:
    group = Group.objects.get(name=StaffRole.VIEWER)
    group.permissions.set([Permission.objects.get(codename="delete_partner")])

    sync_staff_roles()

    assert held(StaffRole.VIEWER) == set(STAFF_PERMISSIONS[StaffRole.VIEWER])


def test_no_role_may_touch_codes_tokens_or_the_trails_key() -> None:
    reachable = {name.partition("_")[2] for names in STAFF_PERMISSIONS.values() for name in names}

    assert (
        reachable
        & {
            "accesstoken",
            "refreshtoken",
            "grant",
            "idtoken",
            "devicegrant",
            "auditkey",
        }
        == set()
    )
