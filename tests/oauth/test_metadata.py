"""What is advertised is so, and standard client libraries get along by discovery alone."""

import json
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.core.errors import ValidationFailedError
from tests.conformance.compliance import conforms
from tests.factories.oauth import access_token, machine, post_form
from tests.factories.world import World, make_world, person

AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"


@pytest.fixture
def metadata(world: World) -> dict[str, Any]:
    del world
    return dict(json.loads(Browser().get(AUTHORIZATION_SERVER).content))


def test_both_documents_say_the_same(metadata: dict[str, Any]) -> None:
    assert json.loads(Browser().get("/.well-known/openid-configuration").content) == metadata


def test_issuer_is_configured_never_the_host_header(metadata: dict[str, Any]) -> None:
    forged = Browser().get(AUTHORIZATION_SERVER, headers={"Host": "evil.example"})

    assert json.loads(forged.content) == metadata
    assert metadata["issuer"] == "https://buyer.example"


def test_every_advertised_endpoint_answers(metadata: dict[str, Any]) -> None:
    addresses = {
        name: value.removeprefix("https://buyer.example")
        for name, value in metadata.items()
        if name.endswith(("_endpoint", "_uri"))
    }

    statuses = {name: Browser().get(path).status_code for name, path in addresses.items()}

    assert statuses == {
        "authorization_endpoint": 400,
        "token_endpoint": 405,
        "pushed_authorization_request_endpoint": 405,
        "device_authorization_endpoint": 405,
        "revocation_endpoint": 405,
        "introspection_endpoint": 405,
        "userinfo_endpoint": 401,
        "end_session_endpoint": 200,
        "jwks_uri": 200,
    }


def test_every_advertised_grant_is_known_and_no_other(metadata: dict[str, Any]) -> None:
    advertised = set(metadata["grant_types_supported"])
    tried = advertised | {"password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"}

    unknown = {
        grant
        for grant in tried
        if json.loads(post_form("/oauth/token", {"grant_type": grant}).content)["error"]
        == "unsupported_grant_type"
    }

    assert tried - unknown == advertised


def test_scope_that_is_not_advertised_cannot_be_registered(metadata: dict[str, Any]) -> None:
    assert "catalog:read" not in metadata["scopes_supported"]
    with pytest.raises(ValidationFailedError):
        machine(scopes=["catalog:read"])


def test_published_keys_hold_no_private_part_and_verify_tokens(world: World) -> None:
    token = access_token(machine(partner=world.acme))
    keys = json.loads(Browser().get("/oauth/jwks").content)["keys"]

    assert {key["alg"]: sorted(key) for key in keys} == {
        "ES256": ["alg", "crv", "kid", "kty", "use", "x", "y"],
        "RS256": ["alg", "e", "kid", "kty", "n", "use"],
        "EdDSA": ["alg", "crv", "kid", "kty", "use", "x"],
    }
    found = jwt.decode(token, KeySet.import_key_set({"keys": keys}), algorithms=["ES256"])
    assert (found.header["typ"], found.claims["iss"]) == ("at+jwt", "https://buyer.example")


def test_protected_resource_names_its_authorization_server(world: World) -> None:
    del world
    document = json.loads(Browser().get("/.well-known/oauth-protected-resource/api/v1").content)

    assert document["resource"] == "https://buyer.example/api/v1"
    assert document["authorization_servers"] == ["https://buyer.example"]


@conforms("Library", "finding 8", "The library's management pages do not exist.")
@pytest.mark.parametrize(
    "path",
    (
        "/oauth/applications/",
        "/oauth/authorized_tokens/",
        "/oauth/device-authorization/",
        "/oauth/register",
        "/o/token/",
        "/admin/oauth/accesstoken/",
        "/admin/oauth2_provider/application/",
    ),
)
def test_pages_of_the_library_do_not_exist(path: str, world: World) -> None:
    del world
    browser = Browser()
    browser.force_login(person("root@nordwind.example", is_staff=True, is_superuser=True))

    assert browser.get(path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_authlib_gets_a_token_by_discovery_and_calls_the_api(
    live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    world = make_world()
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    session = OAuth2Session(new.client.client_id, new.secret, scope="purchase_orders:read")
    found = session.get(f"{live_server.url}{AUTHORIZATION_SERVER}", withhold_token=True).json()

    session.fetch_token(found["token_endpoint"], grant_type="client_credentials")

    assert session.get(f"{live_server.url}/api/v1/purchase-orders").json()["data"] == []
