"""Reads about people."""

from django.contrib.auth.models import AnonymousUser

from apps.identity.models import StaffRole, User


def staff_roles(user: User | AnonymousUser) -> list[str]:
    """The labels of a person's staff roles, for reading."""
    names = set(user.groups.values_list("name", flat=True))
    return [role.label for role in StaffRole if role in names]
