"""Reads about people."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser

from apps.identity.models import FederatedIdentity, Federation, StaffRole, User


def staff_roles(user: User | AnonymousUser) -> list[str]:
    """The labels of a person's staff roles, for reading."""
    names = set(user.groups.values_list("name", flat=True))
    return [role.label for role in StaffRole if role in names]


def administrators() -> int:
    """How many people may decide on money now, and so approve what is to be bought."""
    staff = User.objects.filter(is_active=True, is_staff=True)
    return staff.filter(groups__name=StaffRole.ADMINISTRATOR).count()


def exists_by_federation(user: User) -> bool:
    """Whether a provider upstream made this person, who then comes in by its word alone."""
    return FederatedIdentity.objects.filter(user=user, made_person=True).exists()


def has_unproven_address(user: User) -> bool:
    """Whether nobody has followed a link to their address yet; django-allauth lets them set up no
    second factor before.
    """
    found: bool = EmailAddress.objects.filter(user=user, verified=False).exists()
    return found


def may_come_by(slug: str, user: User) -> bool:
    """Whether this provider upstream, or a way of ours if it is empty, signs the person in. Whom a
    provider made comes in by that one alone.
    """
    made = FederatedIdentity.objects.filter(user=user, made_person=True)
    makers = set(made.values_list("federation__slug", flat=True))
    return not makers or slug in makers


def active_federations_of(user: User) -> list[Federation]:
    """The providers upstream somebody can sign in by: of somebody made the one that made them,
    then the first linked first.
    """
    found = Federation.objects.filter(is_active=True, identities__user=user)
    return list(found.order_by("-identities__made_person", "identities__created_at"))
