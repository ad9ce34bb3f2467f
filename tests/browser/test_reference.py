"""The API reference and the problem pages, as a browser shows them under our policy."""

import pytest
from django.test import Client as Browser
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_reference_is_drawn_from_our_own_files(visitor: Visitor) -> None:
    hosts: set[str] = set()
    visitor.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

    described = Browser().get("/api/v1/openapi.json").json()["paths"]

    visitor.go("/api/docs")

    operations = visitor.page.locator(".opblock")
    expect(operations).to_have_count(sum(map(len, described.values())), timeout=20_000)
    visitor.page.locator("#operations-purchase-orders-create_purchase_order button").first.click()
    expect(visitor.page.get_by_text("Needs the scope")).to_be_visible()
    assert hosts - {""} == {visitor.page.url.split("/")[2]}


def test_problem_pages_are_fit_to_read(visitor: Visitor) -> None:
    visitor.go("/problems")
    visitor.look("problems")

    visitor.page.get_by_role("link", name="revision-stale").click()

    expect(visitor.page.get_by_role("heading", name="The resource has changed")).to_be_visible()
    visitor.look("problem")
