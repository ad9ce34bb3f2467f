"""Which scopes may be registered, asked for and granted."""

from collections.abc import Iterable

from apps.core.errors import FieldError
from apps.oauth.models import Client, TokenSession
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.scopes import CATALOGUE, IDENTITY_SCOPES, ROLE_SCOPES, restricted
from apps.partners.models import VENDOR_ROLES


def scope_faults(
    scopes: Iterable[str], *, role: str, grant_types: Iterable[str]
) -> list[FieldError]:
    """Why some of these scopes cannot be allowed to a client of this role and these grants."""
    grants = set(grant_types)
    machine_only = grants <= {GrantType.CLIENT_CREDENTIALS}
    faults = []
    for name in scopes:
        scope = CATALOGUE.get(name)
        if scope is None:
            detail = f"There is no scope {name!r}."
        elif scope.buyer_only and role in VENDOR_ROLES:
            detail = f"{name} is never given to a vendor."
        elif scope.people_only and machine_only:
            detail = f"{name} is only for people."
        elif name == "offline_access" and GrantType.REFRESH_TOKEN not in grants:
            detail = "offline_access needs the grant refresh_token."
        else:
            continue
        faults.append(FieldError("/scopes", "scope-not-allowed", detail))
    return faults


def for_machine(scopes: Iterable[str]) -> list[str]:
    """What a client acting for itself may hold: nothing that is only for people."""
    return [name for name in scopes if name in CATALOGUE and not CATALOGUE[name].people_only]


def machine_may_hold(scopes: Iterable[str], *, auth_method: str, dpop_jkt: str) -> bool:
    """The restricted tier is for tokens bound to a key, of a machine that proves itself by a key
    (spec 3, row sender constraint).
    """
    proved_by_key = auth_method == AuthMethod.PRIVATE_KEY_JWT and bool(dpop_jkt)
    return proved_by_key or not restricted(scopes)


def person_may_hold(scopes: Iterable[str], *, dpop_jkt: str) -> list[str]:
    """What of a person's scopes a token, or a session, may carry: the restricted tier only when
    it is bound to a key. A session bound later than by its first token has lost the tier for good:
    whoever stole an unbound refresh token could show a key of their own.
    """
    return [name for name in scopes if dpop_jkt or not restricted([name])]


def for_person(client: Client, scopes: Iterable[str], *, role: str) -> list[str]:
    """What a person of this role can hand on: asked for, allowed to the client and to the role.
    Whoever may use the client without a role (`may_use_client`) says who they are, no more.
    """
    allowed = set(client.allowed_scopes) & ROLE_SCOPES.get(role, IDENTITY_SCOPES)
    return [name for name in scopes if name in allowed]


def still_allowed(client: Client, session: TokenSession) -> list[str]:
    """What of a person's session the client, and the person's role today, still allow.

    A scope withdrawn from either disappears at the next refresh (reference 5.8 no. 15).
    """
    return for_person(client, session.scopes, role=session.role)
