"""RFC 8252: applications on a person's own device."""

import pytest

from apps.core.errors import ValidationFailedError
from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import allow, ask, sent_back, signed_in
from tests.factories.oauth import web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def native(world: World, uri: str) -> object:
    return web_app(partner=world.acme, auth_method=AuthMethod.NONE, redirect_uris=[uri])


@conforms("RFC 8252", "7.3", "On a loopback address the port is the application's own choice.")
@pytest.mark.parametrize(
    ("registered", "asked"),
    (
        ("http://127.0.0.1/callback", "http://127.0.0.1:51004/callback"),
        ("http://127.0.0.1:80/callback", "http://127.0.0.1:51004/callback"),
        ("http://[::1]/callback", "http://[::1]:51004/callback"),
    ),
)
def test_loopback_application_comes_back_at_its_port(
    registered: str, asked: str, world: World
) -> None:
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE, redirect_uris=[registered])
    browser = signed_in(world.bo)

    answer = allow(browser, ask(browser, new, redirect_uri=asked))

    assert answer["Location"].startswith(f"{asked}?code=")


@conforms("RFC 8252", "8.3", "Loopback is an address, never the name localhost.", level="SHOULD")
def test_localhost_by_name_cannot_be_registered(world: World) -> None:
    with pytest.raises(ValidationFailedError):
        native(world, "http://localhost:8765/callback")


@conforms("RFC 8252", "8.4", "Plain http to any other host cannot be registered.")
@pytest.mark.parametrize(
    "uri", ("http://app.example/callback", "http://127.0.0.1.evil.example/cb", "http://10.0.0.1/cb")
)
def test_plain_http_beyond_loopback_cannot_be_registered(uri: str, world: World) -> None:
    with pytest.raises(ValidationFailedError):
        native(world, uri)


@conforms("RFC 8252", "8.1", "A public client without PKCE is refused.")
def test_public_client_needs_pkce(world: World) -> None:
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE)

    back = sent_back(ask(signed_in(world.bo), new, code_challenge=""))

    assert back["error"] == "invalid_request"


@conforms("RFC 8252", "8.5", "A public client has no secret that could be shared in its package.")
def test_public_client_has_no_secret(world: World) -> None:
    assert web_app(partner=world.acme, auth_method=AuthMethod.NONE).secret is None


@conforms(
    "RFC 8252",
    "8.6",
    "An app on a device, which cannot prove who it is, is asked for at every request.",
)
def test_public_client_is_never_let_in_without_a_page(world: World) -> None:
    uri = "http://127.0.0.1:8765/callback"
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE, redirect_uris=[uri])
    browser = signed_in(world.bo)
    allow(browser, ask(browser, new, redirect_uri=uri))

    assert ask(browser, new, redirect_uri=uri).status_code == 200
