"""RFC 9126: the request is pushed by the client, the browser carries a reference."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import allow, changed, error_of, post, sent_back, signed_in, told
from tests.factories.oauth import authorize_query, basic, pkce, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

PREFIX = "urn:ietf:params:oauth:request_uri:"


@pytest.fixture
def new(world: World) -> Any:
    return web_app(partner=world.acme)


def push(new: Any, **changes: str) -> Any:
    form = authorize_query(new, pkce(), **changes)
    return post("/oauth/par", {name: v for name, v in form.items() if v}, new=new)


def show(browser: Browser, new: Any, request_uri: str, **changes: str) -> Any:
    query = {"client_id": new.client.client_id, "request_uri": request_uri, **changes}
    return browser.get("/oauth/authorize", query)


@conforms("RFC 9126", "2.1", "The client authenticates as at the token endpoint.")
def test_push_with_a_wrong_secret_is_invalid_client(new: Any) -> None:
    header = basic(new.client, "x" * 43)

    answer = post("/oauth/par", authorize_query(new, pkce()), Authorization=header)

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 9126", "2.1", "A request_uri in a pushed request is refused.")
def test_push_of_a_request_uri_is_refused(new: Any) -> None:
    answer = push(new, request_uri=f"{PREFIX}anything")

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 9126", "2.1", "What would be refused at the authorization endpoint is refused here.")
@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"scope": "nothing:here"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"resource": "https://unlisted.example/"}, "invalid_target"),
    ),
)
def test_faulty_request_is_refused_when_pushed(
    changes: dict[str, str], expected: str, new: Any
) -> None:
    assert error_of(push(new, **changes)) == (400, expected)


@conforms("RFC 9126", "2.2", "The answer is 201 with a reference and its seconds, not stored.")
def test_push_is_answered_with_a_reference(new: Any) -> None:
    answer = push(new)

    body = told(answer)
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert sorted(body) == ["expires_in", "request_uri"]
    assert body["request_uri"].startswith(PREFIX)
    assert 5 <= body["expires_in"] < 600


@conforms("RFC 9126", "2.2", "The reference cannot be guessed.")
def test_references_are_long_and_differ(new: Any) -> None:
    one, two = (told(push(new))["request_uri"].removeprefix(PREFIX) for _ in range(2))

    assert (len(one) >= 43, one != two) == (True, True)


@conforms("RFC 9126", "2.3", "Only POST is answered.")
def test_get_is_405(world: World) -> None:
    del world
    assert Browser().get("/oauth/par").status_code == 405


@conforms("RFC 9126", "2.3", "A body that is too large is refused.")
def test_large_body_is_refused(new: Any) -> None:
    assert error_of(push(new, state="x" * 200_000)) == (400, "invalid_request")


@conforms("RFC 9126", "4", "The reference leads to the page and to the code.")
def test_reference_leads_to_a_code(new: Any, world: World) -> None:
    browser = signed_in(world.bo)

    back = sent_back(allow(browser, show(browser, new, told(push(new))["request_uri"])))

    assert sorted(back) == ["code", "iss", "state"]


@conforms("RFC 9126", "4", "The reference of another client is refused.")
def test_reference_is_its_clients_own(new: Any, world: World) -> None:
    other = web_app(partner=world.acme)

    answer = show(signed_in(world.bo), other, told(push(new))["request_uri"])

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("RFC 9126", "4", "A reference is used once.")
def test_reference_is_used_up_by_the_answer(new: Any, world: World) -> None:
    browser = signed_in(world.bo)
    request_uri = told(push(new))["request_uri"]
    allow(browser, show(browser, new, request_uri))

    answer = show(browser, new, request_uri)

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("RFC 9126", "4", "A reference that has expired is refused.")
def test_reference_expires(new: Any, world: World, time_machine: Any) -> None:
    body = told(push(new))
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=body["expires_in"] + 1))

    answer = show(signed_in(world.bo), new, body["request_uri"])

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("ASVS 5 V10", "10.4.15", "What a client has pushed cannot be changed in the browser.")
@conforms("RFC 9126", "4", "Beside a reference the browser's own parameters do not count.")
def test_parameters_beside_the_reference_change_nothing(new: Any, world: World) -> None:
    browser = signed_in(world.bo)
    request_uri = told(push(new, scope="purchase_orders:read"))["request_uri"]

    page = show(browser, new, request_uri, scope="offline_access", state="forged")

    assert [scope.name for scope in page.context["scopes"]] == ["purchase_orders:read"]
    assert sent_back(allow(browser, page))["state"] == "a-state"


@conforms("RFC 9126", "4", "Only references given out here are accepted; nothing is fetched.")
@pytest.mark.parametrize(
    "request_uri", ("https://evil.example/request.jwt", "http://127.0.0.1:1/", f"{PREFIX}x", "x")
)
def test_other_references_are_refused(request_uri: str, new: Any, world: World) -> None:
    answer = show(signed_in(world.bo), new, request_uri)

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("RFC 9126", "5", "The metadata names the endpoint.")
def test_metadata_names_the_endpoint(world: World) -> None:
    del world
    metadata = told(Browser().get("/.well-known/oauth-authorization-server"))

    assert metadata["pushed_authorization_request_endpoint"] == "https://buyer.example/oauth/par"


@conforms("RFC 9126", "6", "A client that must push is refused when it does not.")
def test_client_that_must_push_is_refused_otherwise(new: Any, world: World) -> None:
    bound = changed(new, require_pushed_authorization_requests=True)

    answer = signed_in(world.bo).get("/oauth/authorize", authorize_query(bound, pkce()))

    assert sent_back(answer)["error"] == "invalid_request"


@conforms("RFC 9126", "1.1", "A public client may push, naming itself.")
def test_public_client_may_push(world: World) -> None:
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)

    assert post("/oauth/par", authorize_query(public, pkce())).status_code == 201


@conforms("RFC 9126", "2.1", "A client_id that is not the authenticated client's is refused.")
def test_client_id_of_another_client_is_refused(new: Any, world: World) -> None:
    other = web_app(partner=world.acme)

    answer = push(new, client_id=other.client.client_id)

    assert error_of(answer) == (400, "invalid_request")
