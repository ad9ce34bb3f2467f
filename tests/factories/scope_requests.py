"""Requests for restricted scopes, and the two members of staff that they need."""

from datetime import UTC, datetime, timedelta

from apps.core.actor import Actor, ActorKind
from apps.identity.models import StaffRole, User
from apps.oauth.models import Client, RestrictedScopeRequest
from apps.oauth.scopes import buyer_role
from tests.factories.identity import staff

BANKING = "vendors.banking:read"


def actor_for(user: User) -> Actor:
    """The member of staff as the admin knows them."""
    roles = list(user.groups.values_list("name", flat=True))
    return Actor(
        kind=ActorKind.STAFF,
        id=user.public_id,
        label=user.email,
        user_id=user.pk,
        role=buyer_role(roles),
    )


def member(role: StaffRole = StaffRole.ADMINISTRATOR, email: str = "") -> Actor:
    return actor_for(staff(role, email))


def asked_for(client: Client) -> RestrictedScopeRequest:
    """A request that waits, by a colleague who is there already or comes for it."""
    email, at = "asker@buyer.example", datetime.now(tz=UTC)
    asker = User.objects.filter(email=email).first()
    return RestrictedScopeRequest.objects.create(
        client=client,
        scopes=[BANKING],
        reasons={BANKING: "It pays them."},
        asked_by=asker or staff(StaffRole.ONBOARDING_OFFICER, email),
        asked_at=at,
        expires_at=at + timedelta(days=14),
    )
