"""Reads about people."""

from django.contrib.auth.models import AnonymousUser

from apps.identity.models import FederatedIdentity, StaffRole, User


def staff_roles(user: User | AnonymousUser) -> list[str]:
    """The labels of a person's staff roles, for reading."""
    names = set(user.groups.values_list("name", flat=True))
    return [role.label for role in StaffRole if role in names]


def exists_by_federation(user: User) -> bool:
    """Whether a provider upstream made this person, who then comes in by its word alone."""
    return FederatedIdentity.objects.filter(user=user, made_person=True).exists()
