"""RFC 6749, sections 3.1 and 4.1: what the authorization endpoint reads and answers."""

from urllib.parse import urlencode

import pytest

from apps.core.errors import ValidationFailedError
from apps.oauth.models import Client
from tests.conformance.compliance import conforms
from tests.conformance.stage import allow, ask, sent_back, signed_in
from tests.factories.oauth import REDIRECT_URI, authorize_query, pkce, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@conforms("RFC 6749", "3.1", "The endpoint answers GET.")
def test_get_shows_the_consent_page(world: World) -> None:
    assert ask(signed_in(world.bo), web_app(partner=world.acme)).status_code == 200


@conforms("RFC 6749", "3.1", "A parameter without a value counts as left out.")
def test_empty_parameter_is_as_if_it_were_absent(world: World) -> None:
    query = {**authorize_query(web_app(partner=world.acme), pkce()), "nonce": "", "resource": ""}

    assert signed_in(world.bo).get("/oauth/authorize", query).status_code == 200


@conforms("RFC 6749", "3.1", "Parameters nobody knows are ignored.")
def test_unknown_parameter_is_ignored(world: World) -> None:
    query = {**authorize_query(web_app(partner=world.acme), pkce()), "foo": "bar", "client": "x"}

    assert signed_in(world.bo).get("/oauth/authorize", query).status_code == 200


@conforms("RFC 6749", "3.1", "A parameter that comes twice is refused and nobody is sent anywhere.")
@pytest.mark.parametrize("name", ("client_id", "redirect_uri", "scope", "state", "code_challenge"))
def test_parameter_given_twice_is_refused_here(name: str, world: World) -> None:
    query = authorize_query(web_app(partner=world.acme), pkce())
    twice = f"{urlencode(query)}&{urlencode({name: query[name]})}"

    answer = signed_in(world.bo).get(f"/oauth/authorize?{twice}")

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("RFC 6749", "3.1.1", "A request without response_type is invalid_request.")
def test_missing_response_type_is_told_to_the_client(world: World) -> None:
    back = sent_back(ask(signed_in(world.bo), web_app(partner=world.acme), response_type=""))

    assert (back["error"], back["state"]) == ("invalid_request", "a-state")


@conforms("RFC 6749", "3.1.2.3", "A client with several redirect URIs has to name one.")
def test_client_with_two_redirect_uris_must_choose(world: World) -> None:
    uris = [REDIRECT_URI, "https://app.example/other"]
    new = web_app(partner=world.acme, redirect_uris=uris)

    answer = ask(signed_in(world.bo), new, redirect_uri="")

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("RFC 6749", "3.1.2", "The query of a registered redirect URI is kept.")
def test_registered_query_survives_beside_the_answer(world: World) -> None:
    uri = f"{REDIRECT_URI}?tenant=7"
    browser = signed_in(world.bo)
    new = web_app(partner=world.acme, redirect_uris=[uri])

    back = sent_back(allow(browser, ask(browser, new, redirect_uri=uri)))

    assert sorted(back) == ["code", "iss", "state", "tenant"]
    assert back["tenant"] == "7"


@conforms("RFC 6749", "4.1.2", "The state comes back exactly as it was sent.")
@pytest.mark.parametrize("state", ("s", "a b+c&d=e", "ünïcödé", "/?#[]@", "x" * 1500))
def test_state_comes_back_to_the_letter(state: str, world: World) -> None:
    browser = signed_in(world.bo)

    back = sent_back(allow(browser, ask(browser, web_app(partner=world.acme), state=state)))

    assert back["state"] == state


@conforms("RFC 6749", "4.1.2", "Without a state none comes back.")
def test_no_state_sent_is_no_state_returned(world: World) -> None:
    browser = signed_in(world.bo)

    back = sent_back(allow(browser, ask(browser, web_app(partner=world.acme), state="")))

    assert sorted(back) == ["code", "iss"]


@conforms("RFC 6749", "4.1.2.1", "An unknown client is told to the person, never by redirect.")
def test_unknown_client_is_not_redirected(world: World) -> None:
    query = {**authorize_query(web_app(partner=world.acme), pkce()), "client_id": "cli_nobody"}

    answer = signed_in(world.bo).get("/oauth/authorize", query)

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("RFC 6749", "4.1.2.1", "A client without this grant gets unauthorized_client.")
def test_client_without_the_code_grant_is_told_so(world: World) -> None:
    new = web_app(partner=world.acme)
    Client.objects.update(grant_types=["client_credentials"])

    back = sent_back(ask(signed_in(world.bo), new))

    assert (back["error"], back["state"]) == ("unauthorized_client", "a-state")


@conforms("RFC 6749", "3.1", "No parameter of an answer comes twice, whatever was registered.")
@pytest.mark.parametrize("name", ("code", "state", "iss", "error", "error_description"))
def test_redirect_uri_with_a_parameter_of_the_answer_cannot_be_registered(
    name: str, world: World
) -> None:
    with pytest.raises(ValidationFailedError):
        web_app(partner=world.acme, redirect_uris=[f"{REDIRECT_URI}?{name}=x"])
