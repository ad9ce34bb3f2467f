"""Why a client needs a scope (spec 3, row clients; spec 5, onboarding)."""

import re
from collections.abc import Iterable, Mapping, Sequence

from apps.core.errors import FieldError
from apps.oauth.scopes import CATALOGUE

_LINE = re.compile(r"(?P<name>\S+):\s+(?P<reason>\S.*)")


def reason_faults(scopes: Iterable[str], reasons: Mapping[str, str]) -> list[FieldError]:
    """The second person reads why (spec 5, onboarding: a business reason for each scope)."""
    return [
        FieldError("/reasons", "required", f"Say why it needs {name}.")
        for name in scopes
        if not reasons.get(name)
    ]


def read_reasons(text: str, scopes: Sequence[str]) -> dict[str, str]:
    """Why each of these scopes is needed: `scope: why` speaks of one, other lines of the rest."""
    own, common = {}, []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(line)
        if found and found["name"] in CATALOGUE:
            own[found["name"]] = found["reason"]
        else:
            common.append(line)
    rest = dict.fromkeys(scopes, " ".join(common)) if common else {}
    return {name: reason for name, reason in {**rest, **own}.items() if name in scopes}
