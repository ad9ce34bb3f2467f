"""The device grant (RFC 8628): a device asks, a person answers, the device redeems."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from apps.core.actor import Origin
from apps.core.errors import InvalidTransitionError, NotFoundError
from apps.gateway.services.limits import Limit, count, exceeded
from apps.identity.models import User
from apps.oauth.crypto import new_secret, sha256_hex
from apps.oauth.errors import (
    AccessDeniedError,
    AuthorizationPendingError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    SlowDownError,
    TooManyFailuresError,
    UnauthorizedClientError,
)
from apps.oauth.models import Client, DeviceGrant, TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.clients import client_may_act
from apps.oauth.policy.device import (
    DEVICE_LIFE,
    INTERVAL,
    may_poll_since,
    new_user_code,
    read_user_code,
    refusal_of,
)
from apps.oauth.policy.refused_scopes import beyond_client
from apps.oauth.policy.scopes import still_allowed
from apps.oauth.policy.sign_in import SignIn
from apps.oauth.scopes import split_scope
from apps.oauth.selectors import client_at_grant, person_at_grant, session_counts
from apps.oauth.selectors.device import (
    device_grant_row,
    user_code_digest,
    waiting_device_grants,
    waiting_for_code,
)
from apps.oauth.services.codes import (
    Consent,
    build_person_session,
    prepare_consent,
    record_consent,
    refuse_consent,
)
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.minting import Details
from apps.oauth.services.requested import details_asked, resources_for
from apps.oauth.services.terms import session_terms
from apps.oauth.services.tokens import IssuedTokens, issue_first_tokens, revoke_family

MOST_DRAWS = 5
ANSWERED = "Its request was answered already, or has expired."
PERSON_GUESSES = Limit("device-guesses-person", most=10, seconds=600)
ADDRESS_GUESSES = Limit("device-guesses-address", most=30, seconds=600)
ADDRESS_DEVICES = Limit("device-starts-address", most=100, seconds=600)


@dataclass(frozen=True)
class NewDeviceGrant:
    """What the device is told (RFC 8628 section 3.2). Shown once."""

    device_code: str
    user_code: str
    expires_in: int
    interval: int


def start_device_grant(
    *, exchange: Exchange, client: Client, draw: Callable[[], str] = new_user_code
) -> NewDeviceGrant:
    """Remember what the device asks for until a person answers (RFC 8628 section 3.1).

    Raises UnauthorizedClientError, InvalidScopeError, InvalidTargetError,
    InvalidAuthorizationDetailsError, TooManyFailuresError.
    """
    if not client.allows_grant_type(GrantType.DEVICE_CODE):
        raise UnauthorizedClientError("The client does not have the device grant.")
    scopes = split_scope(exchange.parameters.get("scope"))
    if refused := beyond_client(client, scopes):
        raise InvalidScopeError(refused)
    _require_room(client, exchange)
    device_code = new_secret()
    grant = DeviceGrant(
        client=client,
        device_code=sha256_hex(device_code),
        scope=" ".join(scopes),
        resources=list(resources_for(exchange.resources, client)),
        authorization_details=details_asked(
            exchange.parameters.get("authorization_details", ""), at=exchange.at
        ),
        **_circumstances(exchange),
    )
    user_code = _store(grant, draw)
    return NewDeviceGrant(device_code, user_code, int(DEVICE_LIFE.total_seconds()), INTERVAL)


def _circumstances(exchange: Exchange) -> dict[str, Any]:
    """When and from where the device asks, which the person is shown (section 5.4)."""
    return {
        "interval": INTERVAL,
        "ip": exchange.origin.ip,
        "user_agent": exchange.origin.user_agent,
        "created": exchange.at,
        "expires": exchange.at + DEVICE_LIFE,
    }


def _require_room(client: Client, exchange: Exchange) -> None:
    """Anybody can say a public client's name: from one address come only so many devices. Raises
    TooManyFailuresError.
    """
    address = (ADDRESS_DEVICES, exchange.origin.ip or "")
    if client.is_public and max(count(address)) > ADDRESS_DEVICES.most:
        wait = exceeded(address) or ADDRESS_DEVICES.seconds
        raise TooManyFailuresError("Too many devices ask from there.", retry_after=wait)


def _store(grant: DeviceGrant, draw: Callable[[], str], draws: int = MOST_DRAWS) -> str:
    """Save the grant under a user code that no other row has, expired ones included: they are
    kept a while, and of 25 thousand million codes the next is as good.
    """
    user_code = draw()
    grant.user_code = user_code_digest(user_code)
    try:
        with transaction.atomic():
            grant.save(force_insert=True)
    except IntegrityError:
        if draws == 1:
            raise
        return _store(grant, draw, draws - 1)
    return user_code


def find_device_grant(*, typed: str, person: User, origin: Origin, at: datetime) -> DeviceGrant:
    """The waiting grant somebody typed the code of. A wrong code counts against them and where
    they are, never against a grant (RFC 8628 section 5.1).

    Raises NotFoundError, TooManyFailuresError.
    """
    counters = ((PERSON_GUESSES, str(person.pk)), (ADDRESS_GUESSES, origin.ip or ""))
    wait = exceeded(*counters)
    if wait:
        raise TooManyFailuresError("Too many wrong codes.", retry_after=wait)
    user_code = read_user_code(typed)
    grant = waiting_for_code(user_code, at=at) if user_code else None
    if grant is not None:
        return grant
    count(*counters)
    raise NotFoundError(
        "No device waits with this code. Compare it with the device, or let the "
        "device show a new one: a code lasts ten minutes and works once."
    )


def waiting_device_grant(key: int, *, at: datetime) -> DeviceGrant:
    """A grant somebody is being asked about, if it still waits. Raises InvalidTransitionError."""
    grant = waiting_device_grants(at=at).select_related("client").filter(pk=key).first()
    if grant is None:
        raise InvalidTransitionError(ANSWERED)
    return grant


def asked_by_device(
    *,
    grant: DeviceGrant,
    person: User,
    sign_in: SignIn,
    at: datetime,
    details: Details | None = None,
) -> Consent:
    """What this person can hand to the device: within the ``details`` they were shown, or else
    what it asks for. Raises ForbiddenError, InvalidScopeError, AccessDeniedError,
    InvalidAuthorizationDetailsError.
    """
    client = client_at_grant(grant.client.client_id, at=at)
    if client is None or not client_may_act(client.client, at=at):
        raise AccessDeniedError("The application may not act now.")
    return prepare_consent(
        grant=client,
        person=person_at_grant(person.pk, at=at),
        sign_in=replace(sign_in, sign_in_id=""),  # The device stays when the browser signs out.
        scopes=split_scope(grant.scope),
        resources=tuple(grant.resources),
        authorization_details=grant.authorization_details if details is None else details,
        at=at,
    )


def allow_device(*, grant: DeviceGrant, consent: Consent, origin: Origin, at: datetime) -> None:
    """Open the session the device will redeem. Until then it lives as long as the device code, so
    whatever ends access between the two ends the code too.

    It is not remembered: who holds the device is known for this session alone, and an application
    of the same name in the browser was not what the person was asked about. Of any number of
    answers one counts; raises InvalidTransitionError for the others.
    """
    session = build_person_session(consent=consent, origin=origin, at=at, life=grant.expires - at)
    with transaction.atomic():
        session.save(force_insert=True)
        _answer(grant, DeviceGrant.Status.ALLOWED, session, at=at)
        record_consent(consent=consent, session=session, origin=origin, at=at)


def deny_device(*, grant: DeviceGrant, consent: Consent, origin: Origin, at: datetime) -> None:
    """The person said no. Raises InvalidTransitionError if somebody has answered already."""
    with transaction.atomic():
        _answer(grant, DeviceGrant.Status.DENIED, None, at=at)
        refuse_consent(consent=consent, origin=origin, at=at)


def _answer(
    grant: DeviceGrant, status: DeviceGrant.Status, session: TokenSession | None, *, at: datetime
) -> None:
    waiting = waiting_device_grants(at=at).filter(pk=grant.pk)
    if not waiting.update(status=status, session=session):
        raise InvalidTransitionError(ANSWERED)


def redeem_device_code(*, exchange: Exchange, device_code: str, client: Client) -> IssuedTokens:
    """Tokens for a device the person has allowed; one of any number of redemptions wins them.

    Raises InvalidRequestError, InvalidGrantError, AccessDeniedError, ExpiredTokenError,
    AuthorizationPendingError, SlowDownError (RFC 8628 section 3.5).
    """
    if not device_code:
        raise InvalidRequestError("Missing device_code parameter.")
    grant = device_grant_row(device_code, client=client, at=exchange.at)
    if grant is None:
        raise InvalidGrantError("The device code is not known.")
    if grant.used_at is not None:
        raise _used_twice(grant, client, exchange)
    refusal = refusal_of(grant, at=exchange.at)
    if isinstance(refusal, AuthorizationPendingError):
        _require_patience(grant, at=exchange.at)
    if refusal is not None:
        raise refusal
    if not session_counts(grant):
        raise InvalidGrantError("The access that was granted has ended.")
    return _redeem(grant, client, exchange)


def _require_patience(grant: DeviceGrant, *, at: datetime) -> None:
    """Raises SlowDownError for a poll within the interval, which grows by that (RFC 8628 section
    3.5). Of polls at one moment the database lets one count as patient.
    """
    row = DeviceGrant.objects.filter(pk=grant.pk)
    waited = Q(last_polled_at__lte=may_poll_since(grant.interval, at=at))
    patient = row.filter(waited | Q(last_polled_at__isnull=True), interval=grant.interval)
    if patient.update(last_polled_at=at):
        return
    row.update(last_polled_at=at, interval=F("interval") + INTERVAL)
    raise SlowDownError("Wait 5 seconds longer between polls from now on.")


def _redeem(grant: DeviceGrant, client: Client, exchange: Exchange) -> IssuedTokens:
    session = _session_of(grant)
    terms = session_terms(exchange, client, session, still_allowed(client, session))
    with transaction.atomic():
        unused = DeviceGrant.objects.filter(pk=grant.pk, used_at__isnull=True)
        if unused.update(used_at=exchange.at):
            return issue_first_tokens(
                session=session,
                client=client,
                terms=terms,
                grant_type=GrantType.DEVICE_CODE,
                origin=exchange.origin,
                at=exchange.at,
                until=grant.projects_end,
            )
    raise _used_twice(grant, client, exchange)


def _used_twice(grant: DeviceGrant, client: Client, exchange: Exchange) -> InvalidGrantError:
    """Revoke what the first redemption got, as for codes (RFC 9700 section 4.5)."""
    revoke_family(
        session=_session_of(grant),
        client=client,
        origin=exchange.origin,
        at=exchange.at,
        what="device code",
    )
    return InvalidGrantError("The device code was used before.")


def _session_of(grant: DeviceGrant) -> TokenSession:
    """A grant has one from the moment it is allowed."""
    return cast("TokenSession", grant.session)
