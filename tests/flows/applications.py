"""The program of docs/single-sign-on.md, running as an application that signs people in by us."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress

from apps.core.actor import system_actor
from apps.identity.models import User
from apps.oauth.models import ClientKind
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import register_client
from apps.oauth.services.logout_notices import queue_for_flips, send_notices
from tests.factories.world import World
from tests.flows.second_instance import free_port
from tests.flows.visitor import Visitor

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "single-sign-on.md"
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
NOBODY = "Nobody has signed in"


@dataclass(frozen=True)
class Application:
    """The program, running."""

    home: str
    client_id: str

    def says(self, browser: Visitor) -> str:
        return str(browser.http.get(f"{self.home}/", timeout=10).text)

    def sign_in(self, browser: Visitor) -> None:
        """Open its sign-in page, do what is asked for, come back."""
        away = browser.http.get(f"{self.home}/login", allow_redirects=False, timeout=10)
        back = browser.allow(away.headers["Location"])
        assert back.startswith(f"{self.home}/callback?"), back
        browser.http.get(back, timeout=10).raise_for_status()


def prove_address(user: User) -> None:
    """The application greets nobody by an address that is only what was typed."""
    proven = {"email": user.email, "verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=user, defaults=proven)


@contextmanager
def running(server: str, world: World, name: str) -> Iterator[Application]:
    prove_address(world.bo)
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    new = register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name=name,
        kind=ClientKind.SERVICE,
        auth_method=AuthMethod.SECRET_BASIC,
        grant_types=[GrantType.AUTHORIZATION_CODE],
        scopes=["openid", "email"],
        partner=world.acme,
        redirect_uris=[f"{home}/callback"],
        metadata=ClientMetadata(
            post_logout_redirect_uris=[f"{home}/"],
            backchannel_logout_uri=f"{home}/backchannel",
        ),
    )
    told = {
        "ISSUER": server,
        "PORT": str(port),
        "CLIENT_ID": new.client.client_id,
        "CLIENT_SECRET": str(new.secret),
        "AUTHLIB_INSECURE_TRANSPORT": "1",  # The test server speaks plain HTTP.
    }
    with subprocess.Popen([sys.executable, "-c", PROGRAM], env={**os.environ, **told}) as process:
        try:
            wait_for(port)
            yield Application(home, new.client.client_id)
        finally:
            process.kill()


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the program does not start")


def send() -> dict[str, int]:
    """What the job does that tells applications who has signed out."""
    queue_for_flips(at=datetime.now(tz=UTC))
    return send_notices(clock=lambda: datetime.now(tz=UTC))
