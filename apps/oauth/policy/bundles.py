"""The scopes a client gets when nobody chose: what its role usually needs."""

from collections.abc import Sequence

from apps.oauth.models.clients import GrantType
from apps.oauth.scopes import CATALOGUE, IDENTITY_SCOPES, ROLE_SCOPES, Tier


def default_scopes(role: str, *, grant_types: Sequence[GrantType]) -> list[str]:
    """The role's scopes without those that are given one by one (the restricted tier) and those
    the grants make no use of: staying connected needs refresh, some acts need a person.
    """
    names = [name for name in sorted(ROLE_SCOPES[role]) if _goes_without_saying(name)]
    if GrantType.REFRESH_TOKEN not in grant_types:
        names = [name for name in names if name != "offline_access"]
    if {GrantType.AUTHORIZATION_CODE, GrantType.DEVICE_CODE} & set(grant_types):
        names += sorted(IDENTITY_SCOPES)
    return names


def _goes_without_saying(name: str) -> bool:
    scope = CATALOGUE[name]
    return scope.tier != Tier.RESTRICTED and not scope.people_only
