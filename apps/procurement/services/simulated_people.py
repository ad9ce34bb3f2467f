"""Who would order, in a simulation, where it is a person: as they would stand with a token granted
now. And what would refuse them before any rule of purchasing is asked.
"""

from collections.abc import Iterator
from datetime import datetime

from apps.core.actor import Actor, ActorKind
from apps.core.errors import NotFoundError
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.people import may_use_client
from apps.oauth.policy.scopes import for_person
from apps.oauth.scopes import ROLE_SCOPES
from apps.oauth.selectors import (
    ClientAtGrant,
    PersonAtGrant,
    client_at_grant,
    person_by_email,
)
from apps.procurement.policy.purchasing import Reason
from apps.procurement.services.simulated_callers import (
    SCOPE,
    SimulatedCaller,
    client_refused,
    never_orders,
    project_refused,
    refused,
)
from apps.projects.models import Project

NO_ACCESS = "access_denied"


def person_caller(
    email: str, project: Project, *, client_id: str = "", at: datetime
) -> SimulatedCaller:
    """By the client, or by none in particular: then no policy that names a client is for them.
    Raises NotFoundError.
    """
    person = person_by_email(email.strip().lower(), at=at)
    if person is None:
        raise NotFoundError(f"There is no person with the address {email!r}.")
    grant = client_at_grant(client_id, at=at) if client_id else None
    if client_id and grant is None:
        raise NotFoundError(f"There is no client {client_id!r}.")
    actor = _actor(person, grant)
    before = [
        *_person_refused(person, grant, at),
        *never_orders(actor, _scopes(person, grant)),
        *project_refused(project, is_theirs=project.pk in _projects(person, grant)),
    ]
    return SimulatedCaller(actor, tuple(before))


def _actor(person: PersonAtGrant, grant: ClientAtGrant | None) -> Actor:
    acting = getattr(person.user, "partner_user", None)
    return Actor(
        kind=ActorKind.USER,
        id=person.user.public_id,
        label=person.user.public_id,
        client_id=grant.client.client_id if grant else "",
        user_id=person.user.pk,
        partner_id=person.partner_id,
        partner_kind=acting.partner.kind if acting else "",
        role=person.role,
        granted_at=person.granted_at,
    )


def _person_refused(
    person: PersonAtGrant, grant: ClientAtGrant | None, at: datetime
) -> Iterator[Reason]:
    if not person.is_live:
        yield refused(NO_ACCESS, "The person, or their company, has no access now.")
    if grant is None:
        return
    yield from client_refused(grant.client, at)
    if not grant.client.allows_grant_type(GrantType.AUTHORIZATION_CODE, GrantType.DEVICE_CODE):
        yield refused("unauthorized_client", "The client acts for itself, not for people.")
    elif person.is_live and not may_use_client(grant.client, person):
        yield refused(NO_ACCESS, "This person cannot give the client access.")


def _scopes(person: PersonAtGrant, grant: ClientAtGrant | None) -> list[str]:
    if grant is not None:
        return for_person(grant.client, [SCOPE], role=person.role)
    return sorted(ROLE_SCOPES.get(person.role, ()))


def _projects(person: PersonAtGrant, grant: ClientAtGrant | None) -> frozenset[object]:
    """As a consent reckons them: those that both act in, if the client is bound to some."""
    is_bound = grant is not None and grant.is_bound
    reached = grant.reach.within(person.reach) if grant and is_bound else person.reach
    return frozenset(reached.ends)
