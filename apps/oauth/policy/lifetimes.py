"""How long what is granted lasts (spec 3, rows access tokens and refresh)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from apps.oauth.models import Client
from apps.oauth.models.clients import GrantType
from apps.oauth.models.keys import LONGEST_TOKEN
from apps.oauth.policy.details import Detail
from apps.oauth.policy.leftovers import latest_until
from apps.oauth.scopes import restricted

CODE_LIFE = timedelta(seconds=60)
# Time for a person to sign in; less than the 600 seconds of FAPI 2.0 section 5.3.2.2 no. 11.
PUSHED_LIFE = timedelta(seconds=590)
RESTRICTED_LIFE = timedelta(minutes=5)
LONGEST_SESSION = timedelta(days=90)


def life_of_token(client: Client, scopes: Collection[str]) -> timedelta:
    """The client's own, and at most five minutes with a restricted scope (reference 3a)."""
    life = min(timedelta(seconds=client.access_token_seconds), LONGEST_TOKEN)
    return min(life, RESTRICTED_LIFE) if restricted(scopes) else life


def may_refresh(client: Client, scopes: Collection[str]) -> bool:
    """A refresh token is for a client that has the grant and was allowed to stay connected."""
    return client.allows_grant_type(GrantType.REFRESH_TOKEN) and "offline_access" in scopes


def session_life(client: Client, scopes: Collection[str]) -> timedelta:
    """How long a person's session lasts by its client, and at most 90 days."""
    if may_refresh(client, scopes):
        return min(timedelta(seconds=client.session_seconds), LONGEST_SESSION)
    return life_of_token(client, scopes)


def session_end(
    begins: datetime, life: timedelta, *, of_projects: datetime | None, details: Iterable[Detail]
) -> datetime:
    """When a session is over, whatever is refreshed meanwhile: the earliest of its life, the end of
    the last project it is for, and its last limit (reference 3d). Nothing makes it longer: whatever
    else a session is bound to is one more end among these.
    """
    return earliest(begins + life, of_projects, latest_until(details))


def earliest(end: datetime, *others: datetime | None) -> datetime:
    """The first of these ends; None is no end."""
    return min([end, *(one for one in others if one is not None)])


def refresh_idle(client: Client) -> timedelta:
    """How long a refresh token waits unused."""
    return timedelta(seconds=client.refresh_idle_seconds)
