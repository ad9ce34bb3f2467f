"""Connecting a device, as people do it."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.factories.device import Device, device, scanner
from tests.factories.world import World, make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
WITHOUT_JAVASCRIPT = pytest.mark.parametrize(
    "visitor", ({"java_script_enabled": False},), indirect=True
)


def asking_device() -> tuple[World, Device]:
    """Acme's scanner, which shows a code."""
    world = make_world()
    limits = [
        {
            "type": "procurement_purchasing",
            "identifier": world.office.public_id,
            "limits": {"per_order": {"amount": "5000.00", "currency": "EUR"}},
        }
    ]
    new = scanner(
        partner=world.acme,
        scopes=["purchase_orders:read", "vendors.contacts:read", "invoices:read"],
    )
    return world, device(new, authorization_details=json.dumps(limits))


def at_consent(visitor: Visitor) -> Device:
    """Bo has followed the device's address and looked at the code it filled in."""
    world, asking = asking_device()
    visitor.go(f"/oauth/device?user_code={asking.user_code}")
    visitor.sign_in(world.bo.email)
    expect(visitor.page.get_by_label("Code")).to_have_value(asking.user_code)
    visitor.page.get_by_role("button", name="Continue").click()
    return asking


def test_code_typed_on_a_phone_lets_the_device_in(visitor: Visitor) -> None:
    world, asking = asking_device()
    page = visitor.page
    visitor.go("/oauth/device")
    visitor.sign_in(world.bo.email)
    visitor.look("device-code")

    page.get_by_label("Code").fill(asking.user_code.replace("-", " ").lower())
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("heading", name="Let a device with Warehouse scanner act for you?")
    ).to_be_visible()
    visitor.look("device-consent")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="The device is connected")).to_be_visible()
    visitor.look("device-connected")

    assert asking.poll().status_code == 200


def test_wrong_code_is_said_beside_the_field(visitor: Visitor) -> None:
    world, _asking = asking_device()
    visitor.go("/oauth/device")
    visitor.sign_in(world.bo.email)

    visitor.page.get_by_label("Code").fill("BBBB-BBBB")
    visitor.page.get_by_role("button", name="Continue").click()

    expect(visitor.page.get_by_role("alert")).to_contain_text("No device waits with this code.")
    visitor.look("device-code-wrong")


@WITHOUT_JAVASCRIPT
def test_denying_works_without_javascript(visitor: Visitor) -> None:
    asking = at_consent(visitor)

    visitor.page.get_by_role("button", name="Deny").click()

    expect(visitor.page.get_by_role("heading", name="Nothing was granted")).to_be_visible()
    assert json.loads(asking.poll().content)["error"] == "access_denied"


def test_refusal_is_said_on_a_page_in_order(visitor: Visitor) -> None:
    at_consent(visitor)

    visitor.page.get_by_role("button", name="Deny").click()

    visitor.look("device-denied")
