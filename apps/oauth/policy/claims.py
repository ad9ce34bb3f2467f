"""Which claims about a person exist, what carries them, and the `claims` parameter (OpenID Connect
Core section 5).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.oauth.policy.requests import MalformedRequestError

# Section 5.4, as far as we know people: there is one name and it is not taken apart. `partner` is
# the company the person acts for and `role` their role in this session, as in access tokens.
CLAIMS_OF_SCOPE: dict[str, tuple[str, ...]] = {
    "openid": ("sub",),
    "profile": ("name", "partner", "role"),
    "email": ("email", "email_verified"),
}
# About the sign-in; every ID token has them, userinfo only when asked.
SIGN_IN_CLAIMS = ("auth_time", "acr", "amr")
TOKEN_CLAIMS = ("iss", "aud", "exp", "iat", "nonce", "azp", "at_hash", "sid")
PERSONAL_CLAIMS = frozenset(name for names in CLAIMS_OF_SCOPE.values() for name in names)
ASKABLE = PERSONAL_CLAIMS | frozenset(SIGN_IN_CLAIMS)
# Userinfo alone has it: the company's record, as far as scopes and role show it.
VENDOR = "vendor"
CLAIMS_SUPPORTED = ASKABLE | frozenset(TOKEN_CLAIMS) | {VENDOR}

# The only claims whose wanted value matters here (sections 3.1.2.2 and 5.5.1.1).
VALUED = frozenset({"sub", "acr"})
MOST_VALUES = 10
MAX_VALUE = 255
PLACES = ("id_token", "userinfo")

Wanted = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class ClaimsRequest:
    """What is asked for by name, for each place: the claim with `essential`, and `values` where
    they matter. Only claims that exist; it can be stored as JSON.
    """

    id_token: Wanted
    userinfo: Wanted


def read_claims(text: str) -> ClaimsRequest:
    """Section 5.5: strict JSON; claims and members that do not exist here are ignored. Raises
    MalformedRequestError.
    """
    try:
        said = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("claims is not a JSON object with each member once.") from error
    if not isinstance(said, dict):
        raise MalformedRequestError("claims must be a JSON object.")
    id_token, userinfo = (_read_place(place, said.get(place)) for place in PLACES)
    return ClaimsRequest(id_token, userinfo)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member is given twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _read_place(place: str, said: Any) -> Wanted:  # noqa: ANN401 -- whatever the JSON holds
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise MalformedRequestError(f"claims.{place} must be an object.")
    return {name: _read_claim(name, how) for name, how in said.items() if name in ASKABLE}


def _read_claim(name: str, how: Any) -> dict[str, Any]:  # noqa: ANN401 -- whatever the JSON holds
    """Section 5.5.1: null, or an object whose unknown members are ignored."""
    if how is None:
        how = {}
    if not isinstance(how, dict):
        raise MalformedRequestError(f"What is asked of {name} must be null or an object.")
    essential = how.get("essential", False)
    if not isinstance(essential, bool):
        raise MalformedRequestError(f"essential of {name} must be true or false.")
    wanted: dict[str, Any] = {"essential": essential}
    values = _read_values(name, how) if name in VALUED else []
    return {**wanted, "values": values} if values else wanted


def _read_values(name: str, how: dict[str, Any]) -> list[str]:
    values = how.get("values", [how["value"]] if "value" in how else [])
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise MalformedRequestError(f"values of {name} must be a list of at most {MOST_VALUES}.")
    if not all(_is_plain(value) for value in values):
        raise MalformedRequestError(
            f"A value of {name} must be plain text of at most {MAX_VALUE} characters."
        )
    return values


def _is_plain(value: object) -> bool:
    """Text that the database can keep: neither a NUL nor half a character."""
    if not isinstance(value, str) or len(value) > MAX_VALUE:
        return False
    return value.isascii() and value.isprintable()


def names_person(asked: Mapping[str, Wanted], sub: str) -> bool:
    """Whether a request that names its person by `sub` means this one; one that names none means
    anybody (section 3.1.2.2, and 5.5.1 on `value`).
    """
    named = [asked.get(place, {}).get("sub", {}).get("values", []) for place in PLACES]
    return all(sub in values for values in named if values)


def wanted_acr(asked: Mapping[str, Wanted], *, essential: bool = False) -> list[str]:
    """The values of `acr` asked for in the ID token, or only if they are a must: then no other
    will do (section 5.5.1.1).
    """
    acr = asked.get("id_token", {}).get("acr", {})
    if essential and not acr.get("essential"):
        return []
    return list(acr.get("values", []))


def allowed_claims(names: Iterable[str], scopes: Iterable[str]) -> list[str]:
    """Those of the named claims that the scopes the person agreed to carry: asking by name shows
    a client nothing that the person was not told of.
    """
    carried = {name for scope in scopes for name in CLAIMS_OF_SCOPE.get(scope, ())}
    return [name for name in names if name in carried or name in SIGN_IN_CLAIMS]


def userinfo_claims(scopes: Iterable[str], asked: Mapping[str, Wanted]) -> list[str]:
    """What userinfo tells: all that the scopes carry (section 5.4), and what else was asked for."""
    given = [name for scope in scopes for name in CLAIMS_OF_SCOPE.get(scope, ())]
    return list(dict.fromkeys([*given, *allowed_claims(asked.get("userinfo", {}), scopes)]))


def told(names: Iterable[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The named claims with their values; one without a value is left out (section 5.3.2)."""
    found = {name: facts.get(name) for name in names}
    return {name: value for name, value in found.items() if value not in (None, "", [])}
