"""RFC 8707: a token is for the resource that was named, and only for one the client may have."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    FORM,
    ISSUER,
    allow,
    ask,
    call_api,
    changed,
    claims_in,
    error_of,
    post,
    sent_back,
    signed_in,
    told,
)
from tests.factories.oauth import authorize_query, basic, machine, pkce, redeem, refresh, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

API, OTHER = f"{ISSUER}/api/v1", "https://warehouse.example/api"
THIRD = "https://ledger.example/api"
SCOPE = {"scope": "purchase_orders:read"}


@pytest.fixture
def new(world: World) -> Any:
    made = machine(partner=world.acme, scopes=["purchase_orders:read"])
    return changed(made, allowed_resources=[OTHER])


def audience(answer: Any) -> list[str]:
    found = claims_in(told(answer)["access_token"])["aud"]
    return [found] if isinstance(found, str) else list(found)


@conforms("RFC 8707", "2", "A resource that is not an absolute address is invalid_target.")
@pytest.mark.parametrize("resource", ("api", "/api/v1", "https://", "mailto", "https://x y"))
def test_resource_that_is_no_address_is_refused(resource: str, new: Any) -> None:
    answer = post("/oauth/token", {**CC, **SCOPE, "resource": resource}, new=new)

    assert error_of(answer) == (400, "invalid_target")


@conforms("RFC 8707", "2", "A resource with a fragment is invalid_target.")
def test_resource_with_a_fragment_is_refused(new: Any) -> None:
    answer = post("/oauth/token", {**CC, **SCOPE, "resource": f"{OTHER}#x"}, new=new)

    assert error_of(answer) == (400, "invalid_target")


@conforms("RFC 8707", "2", "A resource the client may not have is invalid_target.")
def test_unlisted_resource_is_refused(new: Any) -> None:
    answer = post("/oauth/token", {**CC, **SCOPE, "resource": "https://unlisted.example"}, new=new)

    assert error_of(answer) == (400, "invalid_target")


@conforms("RFC 8707", "2.1", "The authorization endpoint tells the client of a faulty resource.")
def test_unlisted_resource_is_told_by_redirect(world: World) -> None:
    answer = ask(signed_in(world.bo), web_app(partner=world.acme), resource="https://x.example")

    assert sent_back(answer)["error"] == "invalid_target"


@conforms("RFC 8707", "2.2", "The token is for the resource that was named.")
def test_token_is_for_the_resource_named(new: Any) -> None:
    answer = post("/oauth/token", {**CC, **SCOPE, "resource": OTHER}, new=new)

    assert audience(answer) == [OTHER]
    assert call_api(told(answer)["access_token"]).status_code == 401


def _ask_for_both(new: Any, *resources: str) -> Any:
    pairs = [*CC.items(), *SCOPE.items(), *(("resource", one) for one in resources)]
    header = {"Authorization": basic(new.client, new.secret)}
    return Browser().post("/oauth/token", data=urlencode(pairs), content_type=FORM, headers=header)


@conforms("RFC 8707", "2", "Several resources may be named.")
def test_two_resources_are_both_in_the_audience(new: Any) -> None:
    changed(new, allowed_resources=[OTHER, THIRD])

    assert sorted(audience(_ask_for_both(new, OTHER, THIRD))) == sorted([OTHER, THIRD])


@conforms("RFC 8707", "3", "No bearer token is for this API and for somebody who could replay it.")
def test_bearer_token_for_the_api_and_another_is_refused(new: Any) -> None:
    assert error_of(_ask_for_both(new, OTHER, API)) == (400, "invalid_target")


@conforms("RFC 8707", "2", "Without a resource the token is for this API.", level="MAY")
def test_without_a_resource_the_token_is_for_the_api(new: Any) -> None:
    assert audience(post("/oauth/token", {**CC, **SCOPE}, new=new)) == [API]


@conforms("RFC 8707", "2.2", "A token request names no more than was granted.")
def test_code_gives_no_token_beyond_what_was_granted(world: World) -> None:
    new = changed(web_app(partner=world.acme), allowed_resources=[OTHER])
    proof, browser = pkce(), signed_in(world.bo)
    code = sent_back(allow(browser, ask(browser, new, proof, resource=API)))["code"]

    assert error_of(redeem(new, code, proof, resource=OTHER)) == (400, "invalid_target")


@conforms("RFC 8707", "2.2", "A refresh may ask for a token of fewer resources.")
def test_refresh_may_name_one_of_two(world: World) -> None:
    new = changed(web_app(partner=world.acme), allowed_resources=[OTHER])
    proof, browser = pkce(), signed_in(world.bo)
    query = {**_query(new, proof), "resource": [API, OTHER]}
    code = sent_back(allow(browser, browser.get("/oauth/authorize", query)))["code"]
    token = told(redeem(new, code, proof))["refresh_token"]

    assert audience(refresh(new, token, resource=OTHER)) == [OTHER]


def _query(new: Any, proof: Any) -> dict[str, Any]:
    return dict(authorize_query(new, proof))
