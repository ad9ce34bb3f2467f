"""The answers about vendors are what the API's description says of them."""

from typing import Any

import pytest

from apps.partners.models import Role
from apps.partners.policy import GROUP_SCOPES
from apps.partners.rest.examples import ADDRESS, CHANGE, CONTACT, TAX, VENDOR
from tests.factories.partners import buyer_machine, filled, proposed
from tests.factories.world import World
from tests.gateway.test_description import conform, description, operations
from tests.partners.test_vendor_api import VENDORS, path_of

__all__ = ["description"]


def test_examples_are_what_the_description_says(description: dict[str, Any]) -> None:
    conform(description, "VendorBody", VENDOR)
    conform(description, "VendorContactShape", CONTACT)
    conform(description, "VendorAddressShape", ADDRESS)
    conform(description, "VendorTaxShape", TAX)
    conform(description, "BankChangeShape", CHANGE)


@pytest.mark.django_db
def test_answers_are_what_the_description_says(world: World, description: dict[str, Any]) -> None:
    filled(world.acme)
    proposed(world.acme)
    boss = buyer_machine(world, Role.APPROVER_ADMIN, *GROUP_SCOPES.values())
    lists = {
        "contacts": "VendorContactListBody",
        "addresses": "VendorAddressListBody",
        "tax-registrations": "VendorTaxListBody",
        "bank-accounts": "VendorAccountListBody",
        "bank-account-changes": "BankChangeListBody",
    }

    conform(description, "VendorListBody", boss.get(VENDORS).json())
    conform(description, "VendorBody", boss.get(path_of(world.acme)).json())
    for place, shape in lists.items():
        listed = boss.get(path_of(world.acme, place)).json()
        assert listed["data"]
        conform(description, shape, listed)
        conform(description, shape.replace("ListBody", "Body"), listed["data"][0])


def test_description_says_what_shows_more(description: dict[str, Any]) -> None:
    read = operations(description)["GET /api/v1/vendors/{vendor_id}"]

    assert "Shows more with `vendors.contacts:read" in read["description"]
