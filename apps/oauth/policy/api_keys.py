"""What a legacy API key may be: form, scopes, life, networks (spec 4 no. 8, reference 3d)."""

import re
import secrets
import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

from apps.core.errors import FieldError
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.networks import read_network
from apps.oauth.policy.scopes import scope_faults
from apps.oauth.scopes import restricted
from apps.projects.models import Project

MOST_DAYS = 90
MOST_NETWORKS = 20
# What one organisation may hold; wider is no list of networks any more.
WIDEST = {4: 8, 6: 32}
LOOPBACK = ("127.0.0.0/8", "::1/128")
NOTED_EVERY = timedelta(minutes=1)
ENVIRONMENT_MARKS = {"local": "local", "staging": "stage", "production": "live"}
KEY_FORM = re.compile(r"csk_(?:local|stage|live)_[0-9a-f]{8}_[A-Za-z0-9_-]{43}")


def new_prefix(environment: str) -> str:
    """The part of a key that may be shown: `csk_<env>_<id>`, which secret scanners recognise."""
    return f"csk_{ENVIRONMENT_MARKS[environment]}_{secrets.token_hex(4)}"


def key_is_well_formed(text: str) -> bool:
    """Spec 4 no. 8; anything else is not worth asking the database about."""
    return KEY_FORM.fullmatch(text) is not None


def days_faults(days: int) -> list[FieldError]:
    """A key without an end cannot be made (reference 3d)."""
    if 1 <= days <= MOST_DAYS:
        return []
    detail = f"A key is valid for 1 to {MOST_DAYS} days, not {days}."
    return [FieldError("/days", "out-of-range", detail)]


def key_scope_faults(scopes: Sequence[str], *, role: str) -> list[FieldError]:
    """A key holds what a machine of this role may hold, and nothing restricted (reference 3d)."""
    if not scopes:
        return [FieldError("/scopes", "required", "A key names the scopes it is for.")]
    barred = restricted(scopes)
    others = [name for name in scopes if name not in barred]
    return [
        *(
            FieldError("/scopes", "scope-not-allowed", f"{name} is restricted: no key holds it.")
            for name in barred
        ),
        *scope_faults(others, role=role, grant_types=[GrantType.CLIENT_CREDENTIALS]),
    ]


def key_project_faults(
    projects: Sequence[Project], open_to_partner: Collection[uuid.UUID]
) -> list[FieldError]:
    """A key acts in projects that are open to its partner, and there must be one."""
    if not open_to_partner:
        detail = "There is no open project the partner may act in."
        return [FieldError("/projects", "no-open-project", detail)]
    return [
        FieldError("/projects", "not-a-member", f"The partner cannot act in {one.number} now.")
        for one in projects
        if one.pk not in open_to_partner
    ]


def network_faults(networks: Sequence[str]) -> list[FieldError]:
    """At least one network, none so wide that it means anywhere (reference 3d: IP list)."""
    if not networks:
        detail = "A key names the networks it is used from, such as 192.0.2.0/24."
        return [FieldError("/networks", "required", detail)]
    if len(networks) > MOST_NETWORKS:
        detail = f"A key has at most {MOST_NETWORKS} networks, not {len(networks)}."
        return [FieldError("/networks", "too-many", detail)]
    return [fault for text in networks for fault in _network_fault(text)]


def _network_fault(text: str) -> list[FieldError]:
    network = read_network(text)
    if network is None:
        detail = f"{text!r} is no network; give one such as 192.0.2.0/24 or 2001:db8::/32."
        return [FieldError("/networks", "not-a-network", detail)]
    if network.prefixlen < WIDEST[network.version]:
        detail = f"{text} is too wide; name networks of /{WIDEST[network.version]} or narrower."
        return [FieldError("/networks", "too-wide", detail)]
    return []
