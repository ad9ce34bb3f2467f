"""Whether what a provider answered is about this sign-in and from the provider it is to be from.

django-allauth has checked the state, PKCE, and of the ID token issuer (by the discovery document),
audience, expiry and signature. The rest of OpenID Connect Core section 3.1.3.7 is here.
"""

from collections.abc import Mapping
from typing import Any

from apps.core.errors import ForbiddenError
from apps.identity.models import Federation

ABOUT_ADDRESS = ("email", "email_verified", "hd", "xms_edov")
STALE = "The provider's answer does not belong to this sign-in. Please try again."


def claims_of(
    federation: Federation, said: Mapping[str, Any], state: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything told of the person; what the ID token says counts first. Raises ForbiddenError."""
    token, userinfo = said.get("id_token") or {}, said.get("userinfo") or {}
    checks = (
        issuer_is(token, federation.issuer),
        audience_is(token, federation.client_id),
        nonce_is(token, state),
        subject_is(userinfo, token),
    )
    if not all(checks):
        raise ForbiddenError(STALE)
    both = {**userinfo, **token}
    rest = {name: claim for name, claim in both.items() if name not in ABOUT_ADDRESS}
    return {**rest, **address_of(token, userinfo)}


def address_of(token: Mapping[str, Any], userinfo: Mapping[str, Any]) -> dict[str, Any]:
    """The address, and what was said in the same place: that one is proven proves no other."""
    source = token if "email" in token else userinfo
    return {name: source[name] for name in ABOUT_ADDRESS if name in source}


def issuer_is(token: Mapping[str, Any], issuer: str) -> bool:
    """OpenID Connect Core section 3.1.3.7 no. 2: the one that staff entered."""
    return token.get("iss") == issuer


def audience_is(token: Mapping[str, Any], client_id: str) -> bool:
    """OpenID Connect Core section 3.1.3.7 nos. 3 to 5: for us, and for nobody besides."""
    audience = token.get("aud")
    return audience in (client_id, [client_id]) and token.get("azp", client_id) == client_id


def nonce_is(token: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """OpenID Connect Core section 3.1.3.7 no. 11: the one this browser set out with."""
    return bool(state.get("nonce")) and token.get("nonce") == state["nonce"]


def subject_is(userinfo: Mapping[str, Any], token: Mapping[str, Any]) -> bool:
    """OpenID Connect Core section 5.3.2: or somebody else's data was substituted."""
    return bool(token.get("sub")) and userinfo.get("sub") == token["sub"]
