"""A page that asks, made by another release: what is kept for it is not what its answer reads."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.oauth.models import DeviceGrant, Grant
from apps.oauth.views import authorize, device, logout
from tests.factories.device import browser_of, decide, scanner, type_code
from tests.factories.device import device as new_device
from tests.factories.oauth import authorize_query, pkce, web_app
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def rewrite(browser: Browser, name: str, **more: Any) -> None:
    """As if another release had kept it: without what ``more`` gives as None."""
    session = browser.session
    pages = session[name]
    for handle, shown in pages.items():
        changed = {**shown, **more}
        pages[handle] = {key: value for key, value in changed.items() if value is not None}
    session[name] = pages
    session.save()


@pytest.mark.parametrize(
    "other",
    (
        {"details": None},
        {"kept_at": None},
        {"kept_at": None, "details": None, "scopes": None, "projects": None},
        {"something_newer": ["that limits the answer"]},
    ),
)
@pytest.mark.parametrize("decision", ("allow", "deny"))
def test_consent_page_of_another_release_is_no_longer_valid(
    world: World, decision: str, other: dict[str, Any]
) -> None:
    browser = browser_of(world.bo)
    new = web_app(partner=world.acme, scopes=["purchase_orders:read"])
    page = browser.get("/oauth/authorize", authorize_query(new, pkce()))
    rewrite(browser, authorize.KEPT, **other)
    form = {"request_handle": page.context["request_handle"], "decision": decision}

    answers = [browser.post("/oauth/authorize", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].context["title"] == "This page is no longer valid"
    assert "too old" in answers[0].context["detail"]
    assert "answered already" in answers[1].context["detail"]
    assert not Grant.objects.exists()


@pytest.mark.parametrize("decision", ("allow", "deny"))
def test_device_page_of_another_release_is_no_longer_valid(world: World, decision: str) -> None:
    browser, asking = browser_of(world.bo), new_device(scanner())
    page = type_code(browser, asking.user_code)
    rewrite(browser, device.KEPT, details=None)

    answer = decide(browser, page, decision)
    again = decide(browser, type_code(browser, asking.user_code), "allow")

    assert (answer.status_code, again.status_code) == (400, 200)
    assert answer.context["title"] == "This page is no longer valid"
    assert DeviceGrant.objects.get().status == DeviceGrant.Status.ALLOWED


def test_logout_page_of_another_release_asks_anew(world: World) -> None:
    browser = browser_of(world.bo)
    page = browser.get("/oauth/logout")
    rewrite(browser, logout.KEPT, leads_to=None)

    answer = browser.post(
        "/oauth/logout/answer", {"request_handle": page.context["request_handle"]}
    )

    assert (answer.status_code, answer["Location"]) == (303, "/oauth/logout")
    assert "_auth_user_id" in browser.session
