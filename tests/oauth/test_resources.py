"""Resource indicators (RFC 8707): asked for by exact name, from a list, never beyond the grant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from apps.oauth.policy.resources import (
    ResourceRefusedError,
    checked_resources,
    is_absolute_uri,
    kept_from_others,
    narrowed_resources,
    still_allowed_resources,
)

API = "https://buyer.example/api/v1"
ERP = "https://erp.example/orders?tenant=1"
UNHURRIED = settings(deadline=None)
URN = "urn:example:warehouse"


def check(*asked: str) -> tuple[str, ...]:
    return checked_resources(asked, allowed=[ERP, URN], default=API)


def test_without_a_resource_the_token_is_for_our_own_api() -> None:
    assert check() == (API,)


def test_what_the_list_allows_is_granted_in_order_and_once() -> None:
    assert check(ERP, API, ERP, URN) == (ERP, API, URN)


@pytest.mark.parametrize(
    "resource",
    (
        "https://other.example/api",
        "https://buyer.example/api/v1/",
        "https://buyer.example/api",
        "https://buyer.example:443/api/v1",
        "https://BUYER.example/api/v1",
        "https://buyer.example/api/%76%31",
        "https://buyer.example/api/v1?a=1",
    ),
)
def test_a_resource_that_is_not_on_the_list_letter_by_letter_is_refused(resource: str) -> None:
    with pytest.raises(ResourceRefusedError, match="may not ask for a token for this resource"):
        check(resource)


@pytest.mark.parametrize(
    "resource",
    (
        "",
        "api",
        "/api/v1",
        "//buyer.example/api/v1",
        "https://",
        "https:/api/v1",
        "https://[buyer/api",
        "https://buyer.example/api v1",
        "https://buyer.example/\x00",
        "https://büyer.example/api",
        "https://buyer.example/api/v1\n",
        "https://buyer.example/api/v1#",
        "https://buyer.example/api/v1#part",
        ":no-scheme",
        "urn:",
    ),
)
def test_a_resource_is_an_absolute_uri_without_a_fragment(resource: str) -> None:
    """RFC 8707 section 2; also when the list itself holds such a thing."""
    with pytest.raises(ResourceRefusedError, match="must be an absolute URI without a fragment"):
        checked_resources((API, resource), allowed=[resource], default=API)


def test_a_flood_of_resources_is_refused() -> None:
    many = [f"https://erp.example/{number}" for number in range(11)]

    with pytest.raises(ResourceRefusedError, match="At most 10 resources"):
        checked_resources(tuple(many), allowed=many, default=API)


def test_a_token_request_has_what_the_grant_holds_or_some_of_it() -> None:
    """RFC 8707 section 2.2."""
    assert narrowed_resources((), granted=[API, ERP]) == (API, ERP)
    assert narrowed_resources((ERP, ERP), granted=[API, ERP]) == (ERP,)
    with pytest.raises(ResourceRefusedError, match="The grant does not hold this resource"):
        narrowed_resources((ERP, URN), granted=[API, ERP])


def test_a_grant_holds_what_the_client_may_have_today() -> None:
    assert still_allowed_resources([ERP, API, URN], allowed=[URN], default=API) == [API, URN]
    assert still_allowed_resources([], allowed=[], default=API) == [API]
    with pytest.raises(ResourceRefusedError, match="may not have what was granted any more"):
        still_allowed_resources([ERP], allowed=[URN], default=API)


def kept(*resources: str, asked: tuple[str, ...] = (), dpop_jkt: str = "") -> tuple[str, ...]:
    return kept_from_others(resources, asked=asked, default=API, dpop_jkt=dpop_jkt)


def test_a_bearer_token_for_our_api_is_for_nothing_else() -> None:
    """RFC 8707 sections 2.2 and 3."""
    assert kept(ERP, API) == (API,)
    assert kept(ERP, URN) == (ERP, URN)
    assert kept(API, asked=(API,)) == (API,)
    assert kept(ERP, API, asked=(ERP, API), dpop_jkt="a key") == (ERP, API)
    with pytest.raises(ResourceRefusedError, match="Ask for one token for this API"):
        kept(ERP, API, asked=(ERP, API))


@UNHURRIED
@given(some.text())
def test_no_text_breaks_the_check(text: str) -> None:
    if not is_absolute_uri(text):
        with pytest.raises(ResourceRefusedError):
            checked_resources((text,), allowed=[text], default=API)
