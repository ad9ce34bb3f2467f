"""What may be exchanged for an access token (RFC 8693, RFC 7523): rules that need no database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.oauth.errors import InvalidRequestError, InvalidScopeError
from apps.oauth.keys import TokenRejectedError
from apps.oauth.models import Client
from apps.oauth.policy.assertions import (
    Assertion,
    AssertionRejectedError,
    text_claim,
    time_claim,
)
from apps.oauth.policy.dpop import bound_key
from apps.oauth.policy.issuers import EMAIL
from apps.oauth.policy.refused_scopes import beyond_client, beyond_grant
from apps.oauth.policy.sign_in import ACR_MFA, ACR_PASSWORD, SignIn

_TYPE = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN, ID_TOKEN, JWT = f"{_TYPE}access_token", f"{_TYPE}id_token", f"{_TYPE}jwt"
SUBJECT_TYPES = (ACCESS_TOKEN, ID_TOKEN, JWT)
# The `typ` of what an issuer signs (RFC 8725 section 3.11): ID tokens have `JWT` or none, and
# RFC 7523bis names assertions.
ID_TOKEN_TYPES = frozenset({"jwt"})
ASSERTION_TYPES = frozenset({"jwt", "authorization-grant+jwt"})

SKEW = timedelta(seconds=60)
OLDEST = timedelta(hours=1)
MAX_EMAIL = 254
MOST_ACTORS = 3
MFA = "mfa"  # RFC 8176.
STAYING = "offline_access"


class SubjectRefusedError(ValueError):
    """The token or assertion vouches for nobody here. The message is for the log alone, so that
    nobody learns by trying which of the rules it was.
    """


@dataclass(frozen=True)
class Subject:
    """The token whose exchange is asked for."""

    token: str
    type: str


@dataclass(frozen=True)
class SubjectClaims:
    """What a trusted issuer's good token says of a person. ``jti`` is None where it has no id;
    ``until`` is when it would be refused for its age; ``jkt`` is the key it is bound to, if any.
    """

    email: str
    jti: str | None
    until: datetime
    sign_in: SignIn | None
    jkt: str
    has_second_factor: bool


def read_subject(parameters: Mapping[str, str]) -> Subject:
    """RFC 8693 section 2.1. Raises InvalidRequestError."""
    token, kind = parameters.get("subject_token"), parameters.get("subject_token_type")
    if not token or not kind:
        raise InvalidRequestError("subject_token and subject_token_type are needed.")
    if kind not in SUBJECT_TYPES:
        raise InvalidRequestError("This subject_token_type is not exchanged here.")
    if "actor_token" in parameters or "actor_token_type" in parameters:
        raise InvalidRequestError("There are no actor tokens here: the actor is the client.")
    if parameters.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise InvalidRequestError("Nothing but an access token can be requested.")
    return Subject(token, kind)


# --- A trusted issuer's word ----------------------------------------------------------------------
def vouched_by(
    assertion: Assertion,
    *,
    audiences: Collection[str],
    subject_claim: str,
    must_have_id: bool,
    at: datetime,
) -> SubjectClaims:
    """What the token says, once its signature is found to be the issuer's. Raises
    SubjectRefusedError.
    """
    claims = assertion.claims
    check_audience(claims, audiences)
    check_delegation(claims)
    check_kind(claims)
    try:
        return SubjectClaims(
            email=email_in(claims, subject_claim),
            jti=id_of(claims, must_have_id=must_have_id),
            until=check_times(assertion, at=at),
            sign_in=sign_in_of(assertion, at=at),
            jkt=bound_key(claims),
            has_second_factor=has_second_factor(claims),
        )
    except (AssertionRejectedError, TokenRejectedError) as error:
        raise SubjectRefusedError(str(error)) from error


def check_audience(claims: Mapping[str, Any], accepted: Collection[str]) -> None:
    """RFC 7523 section 3 no. 3, OpenID Connect Core section 3.1.3.7 no. 3 to 5: it is for one of
    these and for nobody else, and was given to one of them.
    """
    said = claims.get("aud")
    audiences = said if isinstance(said, list) else [said]
    named = [*audiences, claims["azp"]] if "azp" in claims else audiences
    if not audiences or not all(isinstance(one, str) and one in accepted for one in named):
        raise SubjectRefusedError("aud or azp is another's")


def check_delegation(claims: Mapping[str, Any]) -> None:
    """RFC 8693 sections 4.1 and 4.4: whom another issuer let act for somebody, we do not know."""
    if "act" in claims or "may_act" in claims:
        raise SubjectRefusedError("it was delegated already")


def check_kind(claims: Mapping[str, Any]) -> None:
    """RFC 8725 section 3.12: what tells of an event, as a logout token does (OpenID Connect
    Back-Channel Logout section 2.4), says of nobody that they are here, whatever its `typ`.
    """
    if "events" in claims:
        raise SubjectRefusedError("it tells of an event")


def check_times(assertion: Assertion, *, at: datetime) -> datetime:
    """RFC 7523 section 3 no. 4 to 6: begun, not over and at most an hour old, by clocks that
    differ by a minute at most. Until when that is so.
    """
    now, skew = at.timestamp(), SKEW.total_seconds()
    expires, issued, begins = (time_claim(assertion, name) for name in ("exp", "iat", "nbf"))
    if expires is None or not expires > now - skew:
        raise SubjectRefusedError("exp is missing or over")
    if issued is None or not now - OLDEST.total_seconds() - skew < issued <= now + skew:
        raise SubjectRefusedError("iat is missing, to come or too long ago")
    if begins is not None and not begins <= now + skew:
        raise SubjectRefusedError("nbf is to come")
    return datetime.fromtimestamp(min(expires, issued + OLDEST.total_seconds()), tz=UTC) + SKEW


def email_in(claims: Mapping[str, Any], name: str) -> str:
    """The address in the claim that staff named, in lower case. An `email` that the issuer has
    not verified is whatever somebody typed there (OpenID Connect Core section 5.7).

    ASCII alone: other letters have lower cases that are ASCII letters, so two names would be one.
    """
    email = text_claim(claims, name)
    if name == EMAIL and claims.get("email_verified") is not True:
        raise SubjectRefusedError("the address is not verified")
    if not email.isascii() or not email.isprintable() or len(email) > MAX_EMAIL:
        raise SubjectRefusedError("the address is malformed")
    return email.lower()


def id_of(claims: Mapping[str, Any], *, must_have_id: bool) -> str | None:
    """RFC 7523 section 3 no. 7. An ID token need not have one."""
    return text_claim(claims, "jti") if must_have_id or "jti" in claims else None


def has_second_factor(claims: Mapping[str, Any]) -> bool:
    """Whether the issuer says so in the words of RFC 8176."""
    amr = claims.get("amr")
    return isinstance(amr, list) and MFA in amr


def sign_in_of(assertion: Assertion, *, at: datetime) -> SignIn | None:
    """When and how the person signed in there, or nothing where it does not say when: that a token
    is new says nothing of that. The issuer's own names for how (`acr`) mean nothing here.
    """
    said = time_claim(assertion, "auth_time")
    if said is None:
        return None
    if not 0 <= said <= (at + SKEW).timestamp():
        raise SubjectRefusedError("auth_time is to come")
    strong = has_second_factor(assertion.claims)
    return SignIn(
        auth_time=min(datetime.fromtimestamp(said, tz=UTC), at),
        amr=(MFA,) if strong else (),
        acr=ACR_MFA if strong else ACR_PASSWORD,
    )


# --- Our own access token ---------------------------------------------------------------------
def may_exchange(
    client: Client, *, issued_to: str, audiences: Collection[str], person: bool
) -> bool:
    """Who may exchange an access token of ours: the client it was issued to, for a narrower one;
    or the resource server it was sent to, which then acts for the person (RFC 8693 section 1.1).
    For anybody else it is a token that was found (section 2.1, RFC 9700 section 4.10). A machine's
    is exchanged by that machine alone: its `sub` is its client.
    """
    if issued_to == client.client_id:
        return True
    return person and client.is_resource_server and client.audience in audiences


def extended_act(act: Mapping[str, Any], client: Client, *, issued_to: str) -> dict[str, Any]:
    """The chain of who acts for the subject, the present one outermost (RFC 8693 section 4.1). A
    client that narrows its own token is no new actor. Raises SubjectRefusedError for a chain that
    would be longer than three.
    """
    if issued_to == client.client_id:
        return dict(act)
    if len(actors(act)) >= MOST_ACTORS:
        raise SubjectRefusedError("too many have acted for the subject already")
    return {"sub": client.client_id, **({"act": dict(act)} if act else {})}


def actors(act: Mapping[str, Any]) -> list[str]:
    """The clients of a chain, the present one first."""
    found = []
    while act:
        found.append(str(act["sub"]))
        act = act.get("act", {})
    return found


def narrowed_scopes(client: Client, asked: Sequence[str], *, held: Sequence[str]) -> list[str]:
    """What of a token's scopes the exchanged one may have: those asked for, or else all that the
    client may have. None stays connected: there is no refresh token. Raises InvalidScopeError for
    what the token does not hold (RFC 8693 section 2.1, RFC 6749 section 6) or the client may not.
    """
    if refused := beyond_grant(asked, held, what="The subject_token"):
        raise InvalidScopeError(refused)
    if refused := beyond_client(client, asked):
        raise InvalidScopeError(refused)
    return [name for name in without_refresh(asked or held) if name in client.allowed_scopes]


def without_refresh(scopes: Iterable[str]) -> list[str]:
    """RFC 8693 section 2.2.1, RFC 7521 section 4.1: who comes with a token may come again with
    one, and gets no refresh token.
    """
    return [name for name in scopes if name != STAYING]
