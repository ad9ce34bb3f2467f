"""Refusals of clients that had proved who they are, for the trail."""

from datetime import datetime

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.actor import Origin
from apps.oauth.models import Client
from apps.oauth.services.clients import client_subject
from apps.oauth.services.minting import client_actor

# Steps of a flow that goes well: the client is told to come again.
NO_REFUSAL = frozenset({"authorization_pending", "slow_down", "use_dpop_nonce"})


def record_refusal(
    *, client: Client, code: str, endpoint: str, origin: Origin, at: datetime, reason: str = ""
) -> None:
    """A client that proved who it is was refused: every authenticated denial is an event
    (spec 4 no. 3). ``reason`` is what the client was not told.
    """
    if code in NO_REFUSAL:
        return
    record(
        action=Action.TOKEN_REFUSED,
        actor=client_actor(client, None, origin),
        at=at,
        subject=client_subject(client),
        data={"code": code, "endpoint": endpoint, **({"reason": reason} if reason else {})},
        outcome=Outcome.DENIED,
    )
