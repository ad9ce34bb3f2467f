"""Pushed authorization requests (RFC 9126)."""

from dataclasses import dataclass
from datetime import datetime

from apps.core.actor import Origin
from apps.gateway.services.limits import Limit, count, exceeded
from apps.oauth.crypto import new_secret, sha256_hex
from apps.oauth.errors import InvalidRequestUriError, TooManyFailuresError
from apps.oauth.models import Client, PushedAuthorizationRequest
from apps.oauth.policy.lifetimes import PUSHED_LIFE
from apps.oauth.policy.requests import CREDENTIALS, Parameters

ADDRESS_PUSHES = Limit("pushed-requests-address", most=100, seconds=600)
REFERENCE = "urn:ietf:params:oauth:request_uri:"


@dataclass(frozen=True)
class Pushed:
    """The answer of RFC 9126 section 2.2. ``expires_in`` is in seconds."""

    request_uri: str
    expires_in: int


def push_request(*, client: Client, parameters: Parameters, origin: Origin, at: datetime) -> Pushed:
    """Keep a request that was checked already; its credentials are no part of it. Nothing but
    the reference, which is stored as a hash, leads to it.

    Anybody can say a public client's name: from one address come only so many requests. Raises
    TooManyFailuresError.
    """
    room = (ADDRESS_PUSHES, origin.ip or "")
    if client.is_public and max(count(room)) > ADDRESS_PUSHES.most:
        wait = exceeded(room) or ADDRESS_PUSHES.seconds
        raise TooManyFailuresError("Too many requests are pushed from there.", retry_after=wait)
    reference = new_secret()
    PushedAuthorizationRequest.objects.create(
        reference_sha256=sha256_hex(reference),
        client=client,
        parameters=[[name, value] for name, value in parameters if name not in CREDENTIALS],
        created=at,
        expires=at + PUSHED_LIFE,
    )
    return Pushed(f"{REFERENCE}{reference}", int(PUSHED_LIFE.total_seconds()))


def pushed_request(request_uri: str, *, client_id: str, at: datetime) -> PushedAuthorizationRequest:
    """The request a client pushed. It may be read any number of times until the person has
    answered (FAPI 2.0 section 5.3.2.2 note 3). Raises InvalidRequestUriError.
    """
    if not request_uri.startswith(REFERENCE):
        raise InvalidRequestUriError("Only what /oauth/par gave is accepted as request_uri.")
    row = PushedAuthorizationRequest.objects.filter(
        reference_sha256=sha256_hex(request_uri.removeprefix(REFERENCE)),
        client__client_id=client_id,
        expires__gt=at,
        used_at__isnull=True,
    ).first()
    if row is None:
        raise InvalidRequestUriError
    return row


def use_up(pushed: int, *, at: datetime) -> None:
    """The person has answered: one of any number of answers wins. Raises
    InvalidRequestUriError for the others.
    """
    unused = PushedAuthorizationRequest.objects.filter(pk=pushed, used_at__isnull=True)
    if not unused.update(used_at=at):
        raise InvalidRequestUriError
