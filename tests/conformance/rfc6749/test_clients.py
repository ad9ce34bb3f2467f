"""RFC 6749, sections 2 and 3.2.1: who a client is."""

import base64
from urllib.parse import quote

import pytest
from django.test import Client as Browser

from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import CC, FORM, changed, error_of, post, told
from tests.factories.oauth import machine, post_form, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@conforms("RFC 6749", "2.3.1", "A client with a secret may authenticate with HTTP Basic.")
def test_secret_in_the_header_authenticates(world: World) -> None:
    new = machine(partner=world.acme)

    assert post("/oauth/token", CC, new=new).status_code == 200


@conforms(
    "RFC 6749",
    "2.3.1",
    "Id and secret are form-encoded before they go into the Basic header.",
)
def test_encoded_credentials_in_the_header_are_decoded(world: World) -> None:
    new = machine(partner=world.acme)
    every = "".join(f"%{ord(letter):02x}" for letter in str(new.secret))
    pair = f"{quote(new.client.client_id, safe='')}:{every}"
    header = "Basic " + base64.b64encode(pair.encode()).decode()

    assert post_form("/oauth/token", CC, authorization=header).status_code == 200


@conforms("RFC 6749", "2.3.1", "Credentials may come in the body when registered so.", level="MAY")
def test_secret_in_the_body_authenticates_a_client_of_that_method(world: World) -> None:
    new = machine(partner=world.acme, auth_method=AuthMethod.SECRET_POST)
    form = {**CC, "client_id": new.client.client_id, "client_secret": str(new.secret)}

    assert post("/oauth/token", form).status_code == 200


@conforms("RFC 6749", "2.3.1", "Credentials in the request URI are not accepted.")
def test_secret_in_the_query_is_refused(world: World) -> None:
    new = machine(partner=world.acme, auth_method=AuthMethod.SECRET_POST)
    query = f"client_id={new.client.client_id}&client_secret={new.secret}"

    answer = Browser().post(
        f"/oauth/token?{query}", data="grant_type=client_credentials", content_type=FORM
    )

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 6749", "2.2", "A client id is not a secret and proves nothing by itself.")
def test_client_id_is_public_and_is_answered_like_an_unknown_one(world: World) -> None:
    known = post("/oauth/token", {**CC, "client_id": machine(partner=world.acme).client.client_id})
    unknown = post("/oauth/token", {**CC, "client_id": "cli_nobody"})

    assert (known.status_code, told(known)) == (unknown.status_code, told(unknown))
    assert error_of(known) == (401, "invalid_client")


@conforms("RFC 6749", "2.3.1", "Every endpoint that takes a secret takes it in the header.")
@pytest.mark.parametrize("path", ("/oauth/revoke", "/oauth/introspect"))
def test_basic_is_accepted_at_every_endpoint_of_clients(path: str, world: World) -> None:
    new = machine(partner=world.acme, is_resource_server=True)

    assert post(path, {"token": "nothing"}, new=new).status_code == 200


@conforms("RFC 6749", "4.4", "Client credentials are for confidential clients alone.")
def test_public_client_gets_no_token_for_itself(world: World) -> None:
    """Registration refuses it; should the row say so all the same, the endpoint refuses, too."""
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    named = changed(new, grant_types=["client_credentials"])

    answer = post("/oauth/token", {**CC, "client_id": named.client.client_id})

    assert error_of(answer) == (400, "unauthorized_client")
