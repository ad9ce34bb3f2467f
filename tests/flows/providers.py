"""npm's oidc-provider as a provider upstream, and what staff enter to let people in by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from subprocess import Popen
from typing import Any

from apps.governance.services.federation import add_federation
from tests.factories.world import SETUP, World
from tests.flows.node import exchange, prepared, script

CLIENT = {"client_id": "countersign", "client_secret": "a secret: 100% of + and &"}


@dataclass(frozen=True)
class Provider:
    """It knows Ada of Acme, and lets her in without asking."""

    issuer: str
    process: Popen[str]

    def forget_ada(self) -> None:
        exchange(self.process, {"here": False})


@contextmanager
def openid_provider(server: str) -> Iterator[Provider]:
    """Running, with the federation `acme` of the server as its client."""
    with script(prepared("openid_provider"), "provider.mjs") as process:
        back = f"{server}/account/by/acme/back/"
        told = exchange(process, {**CLIENT, "redirect_uris": [back]})
        yield Provider(told["issuer"], process)


def let_in_by(issuer: str, world: World, **changes: Any) -> None:
    """Acme's buyers come in by this provider, as its managers."""
    rule = {"claim": "groups", "value": "buyers", "partner": world.acme.public_id}
    given = {
        "name": "Acme",
        "preset": "generic",
        "issuer": issuer,
        **CLIENT,
        "allowed_domains": ["acme.example"],
        "rules": [{**rule, "role": "manager"}],
    }
    add_federation(actor=SETUP, at=datetime.now(tz=UTC), **{**given, **changes})
