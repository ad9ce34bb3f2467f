"""Who calls, from a legacy API key where the environment allows them (spec 4 no. 8)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from apps.core.actor import Actor, ActorKind, Origin
from apps.gateway.rest import origin_of, say_in_answer
from apps.gateway.services.limits import Limit, count, exceeded
from apps.oauth.crypto import sha256_hex
from apps.oauth.policy.api_keys import key_is_well_formed
from apps.oauth.policy.networks import address_is_within
from apps.oauth.rest.challenges import REALM
from apps.oauth.rest.tokens import TokenAuthentication, from_elsewhere
from apps.oauth.selectors.api_keys import ApiKeyState, api_key_state
from apps.oauth.selectors.causes import revoke_reason
from apps.oauth.services.api_keys import note_use

SCHEME = "apikey"
FAILURES = Limit("api-key-failures", most=30, seconds=60)


class ApiKeyAuthentication(TokenAuthentication):
    """`Authorization: ApiKey csk_…` where LEGACY_API_KEYS is on; in all else an access token.

    The header holds one credential, so nothing is ever proved twice in one request. One query,
    and once a minute a note of the use.
    """

    def authenticate(self, request: Request) -> tuple[Actor, Any]:
        if not _offers_key(request):
            return super().authenticate(request)
        key, at, origin = _offered(request), timezone.now(), origin_of(request)
        state = api_key_state(key, at=at) if key_is_well_formed(key) else None
        if state is None:
            raise _unknown(origin)
        say_in_answer(request, farewell(state))
        if state.expires_at <= at:
            raise AuthenticationFailed("The API key has expired.", code="key-expired")
        if not state.counts:
            raise _revoked(state, at)
        actor = actor_by_key(state, key=key, origin=origin)
        if not address_is_within(origin.ip, state.networks):
            raise from_elsewhere(request, actor, "The API key is not used from this address.")
        note_use(session_id=state.session_id, last_used_at=state.last_used_at, at=at)
        return actor, state

    def authenticate_header(self, request: Request) -> str:
        if not _offers_key(request):
            return super().authenticate_header(request)
        return f'ApiKey realm="{REALM}"'


def _offers_key(request: Request) -> bool:
    scheme, _, _ = request.headers.get("Authorization", "").partition(" ")
    return settings.LEGACY_API_KEYS and scheme.lower() == SCHEME


def _offered(request: Request) -> str:
    return request.headers["Authorization"].partition(" ")[2].strip()


def _unknown(origin: Origin) -> AuthenticationFailed | Throttled:
    """Failures are limited by address. A good key is not refused for its neighbours' failures:
    256 bits are not guessed, and behind one address there may be a whole company.
    """
    counter = (FAILURES, origin.ip or "")
    if wait := exceeded(counter):
        return Throttled(wait=wait)
    count(counter)
    return AuthenticationFailed("The API key is not valid here.", code="token-invalid")


def _revoked(state: ApiKeyState, at: datetime) -> AuthenticationFailed:
    refusal = AuthenticationFailed("The API key was revoked.", code="token-revoked")
    told = revoke_reason(state.session_id, at=at, lost_projects=not state.open_projects)
    refusal.extra = {"revoke_reason": str(told)}  # type: ignore[attr-defined]  # ours, read by the problem handler
    return refusal


def farewell(state: ApiKeyState) -> dict[str, str]:
    """What every answer to a key says: that keys are deprecated (RFC 9745), when this one ends
    (RFC 8594 section 3), and where the way to OAuth is described.
    """
    return {
        "Deprecation": f"@{int(state.created_at.timestamp())}",
        "Sunset": http_date(state.expires_at.timestamp()),
        "Link": f'<{settings.PUBLIC_URL}/api/docs/api-keys>; rel="deprecation"; type="text/html"',
    }


def actor_by_key(state: ApiKeyState, *, key: str, origin: Origin) -> Actor:
    """The caller, from the key's record alone. No client stands behind it."""
    return Actor(
        kind=ActorKind.CLIENT,
        id=state.public_id,
        label=state.name,
        session_id=state.session_id,
        granted_at=state.granted_at,
        partner_id=state.partner_id,
        partner_kind=state.partner_kind,
        role=state.role,
        scopes=frozenset(state.scopes),
        project_ids=frozenset(state.project_ids),
        open_projects=frozenset(state.open_projects),
        token_sha256=sha256_hex(key),
        origin=origin,
    )
