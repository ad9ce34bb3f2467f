"""Request ids and addresses, as the edge establishes them."""

import ipaddress
from typing import Any

import pytest
from django.test import RequestFactory

from apps.gateway.middleware import client_address
from apps.gateway.rest import origin_of
from tests.factories.gateway import ORDERS, problem
from tests.factories.procurement import buyer_caller
from tests.factories.world import World


@pytest.mark.parametrize("given", ("order-import-17", "a" * 64, "A.b_c-12"))
def test_well_formed_request_id_is_echoed(client: Any, given: str) -> None:
    answer = client.get("/api/nothing", headers={"X-Request-Id": given})

    assert answer["X-Request-Id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ("", "short", "a" * 65, "with space", "ümlaut-1", "new\nline1"))
def test_other_request_ids_are_replaced(client: Any, given: str) -> None:
    answer = client.get("/api/nothing", headers={"X-Request-Id": given})

    made = answer["X-Request-Id"]
    assert made != given
    assert made.startswith("req-")
    assert len(made) == 36
    assert answer.json()["request_id"] == made


@pytest.mark.parametrize(
    ("forwarded", "address"),
    (
        ("", "10.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("garbage, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
    ),
)
def test_address_is_the_nearest_that_no_proxy_stands_at(
    settings: Any, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    request = RequestFactory().get(
        "/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded}
    )

    assert client_address(request) == address


def test_forged_address_from_nobodys_proxy_is_ignored() -> None:
    request = RequestFactory().get(
        "/", REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": "198.51.100.1"}
    )

    assert client_address(request) == "203.0.113.9"


def test_origin_keeps_a_long_user_agent_short() -> None:
    request = RequestFactory().get("/", headers={"User-Agent": "x" * 1000})

    assert len(origin_of(request).user_agent) == 300


def test_api_answers_may_load_nothing_and_stand_in_no_frame(client: Any) -> None:
    answer = client.get("/api/v1/me")

    assert answer.status_code == 401
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


VERSIONED = ("/api/v1/me", "/api/v1/nothing", "/api/v1/openapi.json")


@pytest.mark.parametrize("path", VERSIONED)
def test_answers_of_the_api_say_its_version_whatever_they_are(client: Any, path: str) -> None:
    assert client.get(path)["Api-Version"] == "1"


def test_answers_beside_the_api_have_no_version(client: Any) -> None:
    answers = [client.get(path) for path in ("/api/docs", "/problems", "/health/live")]

    assert ["Api-Version" in answer for answer in answers] == [False] * 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "status"),
    (("", 200), ("1", 200), ("v1", 200), (" V1 ", 200), ("2", 400), ("v2", 400), ("1.0", 400)),
)
def test_request_that_names_another_version_is_refused(
    world: World, said: str, status: int
) -> None:
    caller = buyer_caller(world)
    credentials = caller.credentials("GET", ORDERS)

    answer = caller.browser.get(ORDERS, headers={**credentials, "Api-Version": said})

    assert (answer.status_code, answer["Api-Version"]) == (status, "1")
    assert status == 200 or problem(answer) == (400, "malformed-request")


@pytest.mark.django_db
def test_version_is_no_matter_beside_the_api(world: World) -> None:
    caller = buyer_caller(world)
    credentials = caller.credentials("GET", "/oauth/userinfo")

    answer = caller.browser.get("/oauth/userinfo", headers={**credentials, "Api-Version": "2"})

    assert problem(answer) == (403, "insufficient-scope")
