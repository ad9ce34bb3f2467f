"""RFC 6749, sections 3.2, 3.3, 4.4 and 5: what the token endpoint reads and answers."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import CC, FORM, error_of, post, told
from tests.factories.oauth import basic, machine, pkce, redeem, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

READ = ["purchase_orders:read"]
# RFC 6749 appendix A.7 and A.8.
ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")


@pytest.fixture
def new(world: World) -> Any:
    return machine(partner=world.acme, scopes=[*READ, "rfps:read"])


@conforms("RFC 6749", "3.2", "Only POST is answered.")
@pytest.mark.parametrize("method", ("get", "put", "patch", "delete", "head"))
def test_other_methods_are_405(method: str, world: World) -> None:
    del world
    assert getattr(Browser(), method)("/oauth/token").status_code == 405


@conforms("RFC 6749", "3.2", "Parameters nobody knows are ignored.")
def test_unknown_parameter_is_ignored(new: Any) -> None:
    form = {**CC, "foo": "bar", "user": "1", "scopes": "audit:read"}

    assert post("/oauth/token", form, new=new).status_code == 200


@conforms("OAuth 2.1", "3.2.2", "A parameter without a value counts as left out.")
@conforms("RFC 6749", "3.2", "A parameter without a value counts as left out.")
def test_empty_parameter_is_as_if_it_were_absent(new: Any) -> None:
    answer = post("/oauth/token", {**CC, "scope": "", "code": "", "client_secret": ""}, new=new)

    assert answer.status_code == 200


@conforms("OAuth 2.1", "3.2.2", "A parameter that comes twice is refused at the token endpoint.")
@conforms("RFC 6749", "3.2", "A parameter that comes twice is refused.")
@pytest.mark.parametrize("name", ("grant_type", "scope", "client_id"))
def test_parameter_given_twice_is_refused(name: str, new: Any) -> None:
    form = {**CC, "scope": READ[0], "client_id": new.client.client_id}
    twice = f"{urlencode(form)}&{urlencode({name: form[name]})}"
    header = {"Authorization": basic(new.client, new.secret)}

    answer = Browser().post("/oauth/token", data=twice, content_type=FORM, headers=header)

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 6749", "3.3", "The order of scopes does not matter.")
def test_scopes_may_come_in_any_order(new: Any) -> None:
    wanted = ["rfps:read", *READ]

    body = told(post("/oauth/token", {**CC, "scope": " ".join(wanted)}, new=new))

    assert sorted(body["scope"].split()) == sorted(wanted)


@conforms("RFC 6749", "3.3", "A scope that is no scope is invalid_scope.")
@pytest.mark.parametrize("scope", ("nothing:here", 'quote"', "back\\slash", "ünï"))
def test_scope_outside_the_catalogue_is_refused(scope: str, new: Any) -> None:
    assert error_of(post("/oauth/token", {**CC, "scope": scope}, new=new)) == (400, "invalid_scope")


@conforms("OAuth 2.1", "4.2", "Client credentials give no refresh token.", level="SHOULD")
@conforms("RFC 6749", "4.4.3", "Client credentials give no refresh token.", level="SHOULD")
def test_machine_gets_no_refresh_token(new: Any) -> None:
    body = told(post("/oauth/token", {**CC, "scope": READ[0]}, new=new))

    assert sorted(body) == ["access_token", "expires_in", "scope", "token_type"]


@conforms("OAuth 2.1", "3.2.3", "A token answer is not stored.")
@conforms("RFC 6749", "5.1", "A token answer is JSON that nobody may keep.")
def test_token_answer_is_json_and_not_stored(new: Any) -> None:
    answer = post("/oauth/token", CC, new=new)

    headers = [answer[name] for name in ("Content-Type", "Cache-Control", "Pragma")]
    assert headers == ["application/json", "no-store", "no-cache"]


@conforms("RFC 6749", "5.1", "The answer says type and lifetime of the token.")
def test_token_answer_says_type_and_seconds(new: Any) -> None:
    body = told(post("/oauth/token", {**CC, "scope": READ[0]}, new=new))

    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, READ[0])


@conforms("RFC 6749", "5.2", "A request without grant_type is invalid_request.")
def test_missing_grant_type_is_invalid_request(new: Any) -> None:
    assert error_of(post("/oauth/token", {"scope": READ[0]}, new=new)) == (400, "invalid_request")


@conforms("RFC 6749", "5.2", "A grant type nobody knows is unsupported_grant_type.")
def test_unknown_grant_type_is_said_so(new: Any) -> None:
    answer = post("/oauth/token", {"grant_type": "urn:example:new"}, new=new)

    assert error_of(answer) == (400, "unsupported_grant_type")


@conforms("RFC 6749", "5.2", "A code that means nothing is invalid_grant.")
def test_made_up_code_is_invalid_grant(world: World) -> None:
    answer = redeem(web_app(partner=world.acme), "made-up", pkce())

    assert error_of(answer) == (400, "invalid_grant")


@conforms("RFC 6749", "5.2", "Error and description hold only the characters that are allowed.")
@pytest.mark.parametrize(
    "form",
    (
        {"grant_type": 'x"\\é'},
        {**CC, "scope": 'a"b\\'},
        {"grant_type": "authorization_code", "code": '"\\'},
        {},
    ),
)
def test_error_text_keeps_to_its_characters(form: dict[str, str], new: Any) -> None:
    body = told(post("/oauth/token", form, new=new))

    assert [name for name, text in body.items() if not ERROR_TEXT.fullmatch(text)] == []


@conforms("OAuth 2.1", "7.7", "Secrets have 128 bits or more.")
@conforms("RFC 6749", "10.10", "Tokens and codes cannot be guessed: 128 bits or more.")
def test_two_secrets_share_nothing_and_are_long(world: World) -> None:
    one, two = (machine(partner=world.acme) for _ in range(2))

    assert (len(str(one.secret)) >= 43, one.secret != two.secret) == (True, True)


@conforms("RFC 6749", "B", "A form that names its character set is a form.")
@pytest.mark.parametrize("suffix", ("; charset=UTF-8", ";charset=utf-8", "; foo=bar"))
def test_parameters_of_the_media_type_do_not_matter(suffix: str, new: Any) -> None:
    header = {"Authorization": basic(new.client, new.secret)}

    answer = Browser().generic(
        "POST", "/oauth/token", urlencode(CC), content_type=f"{FORM}{suffix}", headers=header
    )

    assert answer.status_code == 200
