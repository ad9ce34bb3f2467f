"""Authenticating a client (RFC 6749 section 2.3), the same way at every endpoint that asks for it.

An unknown client, a wrong proof and a client that may not act get one answer after the same work:
one read, the same hashes or one signature, the same counters, one write.
"""

from dataclasses import dataclass

from django.conf import settings

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.ids import new_id
from apps.gateway.services import limits
from apps.gateway.services.limits import Counter, Limit, place_of
from apps.oauth import selectors
from apps.oauth.errors import InvalidClientError, InvalidRequestError, TooManyFailuresError
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod
from apps.oauth.policy.assertions import (
    Assertion,
    AssertionRejectedError,
    UsedOnce,
    check_assertion,
    signature_is_right,
)
from apps.oauth.policy.clients import (
    Credentials,
    CredentialsMalformedError,
    TwoMethodsError,
    address_is_allowed,
    api_key_is_right,
    client_may_act,
    method_is_registered,
    read_credentials,
    secret_is_right,
)
from apps.oauth.policy.exchange import SKEW as SKEW_OF_GRANTS
from apps.oauth.policy.workloads import ISSUER_ASSERTION, speaker_for
from apps.oauth.selectors import ClientAtGrant
from apps.oauth.services.client_keys import key_of
from apps.oauth.services.clients import client_subject
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.issuer_assertions import spend_once
from apps.oauth.services.minting import client_actor
from apps.oauth.services.replay import remember_once

FAILURES_OF_PAIR = Limit("client-failures", 10, 60)
FAILURES_OF_ADDRESS = Limit("client-failures-address", 100, 60)
EVENTS_OF_CLIENT = Limit("client-failure-events", 10, 60)
# From where a client has lately proved itself; what others do there does not stop it.
PROVED_THERE = Limit("client-proved", 1, 24 * 3600)
_RENEWED_BELOW = PROVED_THERE.seconds - 3600


@dataclass(frozen=True)
class Standing:
    """How a client id and an address stand before the attempt: seconds to wait, 0 for none, and
    for how many seconds more the address is known as the client's.
    """

    pair: str
    place: str
    wait: int
    known_for: int

    @property
    def failures(self) -> tuple[Counter, Counter]:
        return (FAILURES_OF_PAIR, self.pair), (FAILURES_OF_ADDRESS, self.place)


def authenticate_client(exchange: Exchange) -> ClientAtGrant:
    """The client, proved by the one method it registered, or only identified if it is public.

    Raises InvalidClientError, InvalidRequestError, TooManyFailuresError.
    """
    offered = _offered(exchange)
    standing = _standing(offered.client_id, exchange.origin.ip)
    # A public client proves nothing, so there is nothing to guess and no reason to make it wait.
    if standing.wait and offered.method != AuthMethod.NONE:
        raise TooManyFailuresError(retry_after=standing.wait)
    found = selectors.client_at_grant(offered.client_id, at=exchange.at)
    client = found.client if found else None
    fault = _fault(client, offered, exchange)
    if found is None or fault:
        _count_failure(client, offered, standing, exchange, fault)
        if standing.wait:
            raise TooManyFailuresError(retry_after=standing.wait)
        raise InvalidClientError(hint=fault)
    if offered.method != AuthMethod.NONE and standing.known_for < _RENEWED_BELOW:
        limits.begin(PROVED_THERE, standing.pair)
    exchange.client, exchange.auth_method = found, _proved_by(found.client, offered)
    return found


def _proved_by(client: Client, offered: Credentials) -> str:
    """What sessions and the trail call it: an issuer's word is no key of the client's own."""
    return offered.method if client.client_assertion_issuer_id is None else ISSUER_ASSERTION


def _offered(exchange: Exchange) -> Credentials:
    sent = exchange.parameters
    try:
        offered = read_credentials(
            authorization=exchange.authorization,
            client_id=sent.get("client_id"),
            client_secret=sent.get("client_secret"),
            client_assertion=sent.get("client_assertion"),
            client_assertion_type=sent.get("client_assertion_type"),
        )
    except TwoMethodsError as error:
        raise InvalidRequestError(str(error)) from error
    except CredentialsMalformedError as error:
        raise InvalidClientError(hint=str(error)) from error
    if offered is None:
        raise InvalidClientError(hint="nothing offered")
    return offered


def _standing(client_id: str, ip: str | None) -> Standing:
    """The failures of one address never make another wait, and those of its neighbours behind the
    same address not where the client has proved itself within a day.
    """
    place = place_of(ip)
    pair = f"{client_id} {place}"
    of_pair, of_address, known_for = limits.waits(
        (FAILURES_OF_PAIR, pair), (FAILURES_OF_ADDRESS, place), (PROVED_THERE, pair)
    )
    wait = of_pair if known_for else max(of_pair, of_address)
    return Standing(pair, place, wait, known_for)


def _fault(client: Client | None, offered: Credentials, exchange: Exchange) -> str:
    """Why the client is refused, for the trail; empty if it is not. Each is looked at in any case,
    so that the work does not tell which it was.
    """
    faults = [
        _fault_of_proof(client, offered, exchange),
        "" if api_key_is_right(client, exchange.api_key) else "the API key is wrong or missing",
    ]
    if client is not None and not address_is_allowed(client, exchange.origin.ip):
        faults.append("the address is outside its networks")
    if client is not None and not client_may_act(client, at=exchange.at):
        faults.append("it is not active")
    return next(filter(None, faults), "")


def _fault_of_proof(client: Client | None, offered: Credentials, exchange: Exchange) -> str:
    registered = method_is_registered(client, offered.method)
    if offered.assertion is not None:
        fault = _fault_of_assertion(client if registered else None, offered.assertion, exchange)
    elif offered.method == AuthMethod.NONE or secret_is_right(
        client, offered.secret, at=exchange.at
    ):
        fault = ""
    else:
        fault = "the secret is wrong"
    return fault if registered else f"{offered.method} is not its method"


def _fault_of_assertion(client: Client | None, assertion: Assertion, exchange: Exchange) -> str:
    key = key_of(client, assertion, at=exchange.at) if client else None
    if not signature_is_right(assertion, key) or client is None:
        return "the assertion is not signed by one of its keys"
    try:
        used = check_assertion(
            assertion,
            speaker=speaker_for(client),
            profile=client.profile,
            endpoint=f"{settings.PUBLIC_URL}{exchange.path}",
            at=exchange.at,
        )
    except AssertionRejectedError as error:
        return f"the assertion is no use: {error}"
    return "" if _is_first_use(client, used) else "the assertion was used before"


def _is_first_use(client: Client, used: UsedOnce) -> bool:
    """RFC 7523 section 3 no. 7. An issuer's is used once of all that it may be used for: for this
    client, for another that it also speaks for, or for a person, which is a minute longer.
    """
    issuer = client.client_assertion_issuer
    if issuer is not None:
        return spend_once(issuer, used.jti, until=used.expires + SKEW_OF_GRANTS)
    purpose = f"client-assertion:{client.client_id}"
    return remember_once(purpose=purpose, value=used.jti, expires=used.expires)


def _count_failure(
    client: Client | None,
    offered: Credentials,
    standing: Standing,
    exchange: Exchange,
    fault: str,
) -> None:
    """Count it, and write it down: for a client in the trail, at most so often that nobody can
    flood it; for nobody, so that this takes as long, in a row that goes again.
    """
    written = (EVENTS_OF_CLIENT, offered.client_id)
    *_, events = limits.count(*standing.failures, written)
    if events > EVENTS_OF_CLIENT.most:
        return
    if client is None:
        remember_once(purpose="unknown-client", value=str(new_id()), expires=exchange.at)
        return
    record(
        action=Action.CLIENT_AUTHENTICATION_FAILED,
        actor=client_actor(client, None, exchange.origin),
        at=exchange.at,
        subject=client_subject(client),
        data={"method": offered.method, "reason": fault, "endpoint": exchange.path},
        outcome=Outcome.DENIED,
    )
