"""How long what is granted lasts (spec 3, rows access tokens and refresh)."""

from collections.abc import Collection
from datetime import timedelta

from apps.oauth.models import Client
from apps.oauth.models.clients import GrantType
from apps.oauth.scopes import CATALOGUE, Tier

REFRESH_IDLE = timedelta(days=7)
SESSION_CEILING = timedelta(days=90)
CODE_LIFE = timedelta(seconds=60)
RESTRICTED_LIFE = timedelta(minutes=5)


def life_of_token(client: Client, scopes: Collection[str]) -> timedelta:
    """The client's own, and at most five minutes with a restricted scope (reference 3a)."""
    life = timedelta(seconds=client.access_token_seconds)
    restricted = any(
        name in CATALOGUE and CATALOGUE[name].tier == Tier.RESTRICTED for name in scopes
    )
    return min(life, RESTRICTED_LIFE) if restricted else life


def may_refresh(client: Client, scopes: Collection[str]) -> bool:
    """A refresh token is for a client that has the grant and was allowed to stay connected."""
    return client.allows_grant_type(GrantType.REFRESH_TOKEN) and "offline_access" in scopes


def session_life(client: Client, scopes: Collection[str]) -> timedelta:
    """The absolute lifetime of a person's session, whatever is refreshed meanwhile."""
    return SESSION_CEILING if may_refresh(client, scopes) else life_of_token(client, scopes)
