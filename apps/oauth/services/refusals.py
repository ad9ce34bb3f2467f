"""Refusals of clients and people that are known, for the trail."""

from datetime import datetime

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.actor import Origin
from apps.gateway.services.limits import Limit, count
from apps.identity.models import User
from apps.identity.policy.actors import person_actor
from apps.oauth.models import Client
from apps.oauth.services.clients import client_subject
from apps.oauth.services.minting import client_actor

EVENTS_OF_PUBLIC_CLIENT = Limit("public-refusal-events", 10, 60)
# Steps of a flow that goes well: the client is told to come again.
NO_REFUSAL = frozenset({"authorization_pending", "slow_down", "use_dpop_nonce"})


def record_refusal(
    *, client: Client, code: str, endpoint: str, origin: Origin, at: datetime, reason: str = ""
) -> None:
    """A client was refused: every authenticated denial is an event (spec 4 no. 3). Anybody can
    say a public client's name, so of its refusals only so many fill the trail. ``reason`` is what
    the client was not told.
    """
    if code in NO_REFUSAL:
        return
    counter = (EVENTS_OF_PUBLIC_CLIENT, f"{client.client_id} {origin.ip}")
    if client.is_public and max(count(counter)) > EVENTS_OF_PUBLIC_CLIENT.most:
        return
    record(
        action=Action.TOKEN_REFUSED,
        actor=client_actor(client, None, origin),
        at=at,
        subject=client_subject(client),
        data={"code": code, "endpoint": endpoint, **({"reason": reason} if reason else {})},
        outcome=Outcome.DENIED,
    )


# What a client that asks without a page is told all the time, and nobody did anything.
NO_DENIAL = frozenset({"login_required", "consent_required", "interaction_required"})


def record_denial_of_person(
    *, user: User, client: Client, code: str, origin: Origin, at: datetime
) -> None:
    """Somebody who has signed in may not hand a client what it asks for."""
    if code in NO_DENIAL:
        return
    record(
        action=Action.REQUEST_DENIED,
        actor=person_actor(user, origin, client_id=client.client_id),
        at=at,
        subject=client_subject(client),
        data={"code": code},
        outcome=Outcome.DENIED,
    )
