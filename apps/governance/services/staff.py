"""Giving the staff roles their permissions."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from apps.governance.policy import STAFF_PERMISSIONS


def sync_staff_roles() -> None:
    """Make each role's group hold exactly what the table says; run after every migrate.

    Permissions of apps that are not migrated yet are given when they are.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    with transaction.atomic():
        for role, names in STAFF_PERMISSIONS.items():
            group, _made = Group.objects.get_or_create(name=role)
            group.permissions.set(known[name] for name in names if name in known)
