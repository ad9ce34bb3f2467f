"""Signing in by a provider upstream, npm's oidc-provider, and linking it to an account."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from tests.browser.visitor import Visitor
from tests.factories.world import make_world, person
from tests.flows.providers import Provider, let_in_by, openid_provider

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
WITHOUT_JAVASCRIPT = pytest.mark.parametrize(
    "visitor", ({"java_script_enabled": False},), indirect=True
)
ADA = "ada@acme.example"


@pytest.fixture
def provider(live_server: Any, settings: Settings) -> Iterator[Provider]:
    """It stands at 127.0.0.1 and we at localhost: cookies know hosts, and no ports."""
    settings.PUBLIC_URL = live_server.url
    with openid_provider(live_server.url) as found:
        yield found


def sign_in_by_acme(visitor: Visitor) -> None:
    """From the page of the sign-in to wherever the provider's word leads."""
    visitor.page.get_by_role("link", name="Sign in by Acme").click()
    visitor.page.get_by_role("button", name="Continue to Acme").click()


@WITHOUT_JAVASCRIPT
def test_somebody_new_comes_in_and_gets_where_they_were_going(
    visitor: Visitor, provider: Provider
) -> None:
    let_in_by(provider.issuer, make_world())
    page = visitor.page
    visitor.go("/account/access/")

    sign_in_by_acme(visitor)

    expect(page.get_by_role("heading", name="Applications with access")).to_be_visible()
    visitor.go("/account/")
    assert page.locator("dd").all_inner_texts() == [ADA, "Acme", "Manager"]


def test_somebody_of_another_domain_is_told_so_and_stays_out(
    visitor: Visitor, provider: Provider
) -> None:
    let_in_by(provider.issuer, make_world(), allowed_domains=["globex.example"])
    page = visitor.page
    visitor.go("/account/login/")
    visitor.look("sign-in-with-provider")

    sign_in_by_acme(visitor)

    expect(page.get_by_text("Addresses of your domain cannot sign in by")).to_be_visible()
    visitor.look("provider-refused")
    visitor.go("/account/")
    expect(page).to_have_url(re.compile("/account/login/"))


def test_an_account_of_that_address_is_entered_only_once_its_owner_has_linked_it(
    visitor: Visitor, provider: Provider
) -> None:
    let_in_by(provider.issuer, make_world())
    page, ada = visitor.page, person(ADA)
    visitor.go("/account/login/")
    sign_in_by_acme(visitor)
    expect(page.get_by_text("Somebody with your e-mail address signs in here")).to_be_visible()
    page.get_by_role("link", name="Back to sign-in").click()
    visitor.sign_in(ada.email)

    page.get_by_role("link", name="Other ways to sign in").click()
    visitor.look("links-none")
    page.get_by_role("link", name="Link Acme").click()
    page.get_by_role("button", name="Continue to Acme").click()
    expect(page.get_by_role("heading", name="Link Acme?")).to_be_visible()
    visitor.look("link-confirm")
    page.get_by_role("button", name="Link").click()
    expect(page.get_by_text("You can sign in by Acme from now on.")).to_be_visible()
    visitor.look("links")
    visitor.go("/account/")
    page.get_by_role("button", name="Sign out").click()
    visitor.go("/account/login/")
    sign_in_by_acme(visitor)

    expect(page).to_have_url(re.compile("/account/$"))
    assert page.locator("dd").all_inner_texts() == [ADA]
