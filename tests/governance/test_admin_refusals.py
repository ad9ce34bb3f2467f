"""What was refused, where staff look for it: on the order, and counted on the first page."""

import re
from html import unescape

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.procurement.models import PurchaseOrder
from tests.factories.gateway import Caller
from tests.factories.identity import staff_browser
from tests.factories.procurement import issued, vendor_caller
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def page_of(order: PurchaseOrder) -> str:
    address = reverse("admin:procurement_purchaseorder_change", args=[order.pk])
    return staff_browser().get(address).content.decode()


def refuse(caller: Caller, order: PurchaseOrder) -> Event:
    caller.post(f"/api/v1/purchase-orders/{order.public_id}/cancel", {"reason": "x"})
    return Event.objects.get(action="request.denied")


def test_an_order_tells_what_was_refused_on_it(world: World) -> None:
    order = issued(world)
    event = refuse(vendor_caller(world.acme), order)

    page = page_of(order)

    assert event.data["code"] == "insufficient-scope"
    assert reverse("admin:audit_event_change", args=[event.pk]) in page
    assert re.search(r"Refused.*cancel.*insufficient-scope", page, re.DOTALL) is not None


def test_an_order_on_which_nothing_was_refused_says_nothing_of_it(world: World) -> None:
    order, other = issued(world), issued(world)
    refuse(vendor_caller(world.acme), other)

    assert "insufficient-scope" not in page_of(order)


def test_refusals_counted_on_the_first_page_lead_to_their_list(world: World) -> None:
    refuse(vendor_caller(world.acme), issued(world))
    browser = staff_browser()

    page = unescape(browser.get(reverse("admin:index")).content.decode())
    (address,) = re.findall(r'href="([^"]*why=insufficient-scope)"', page)
    listed = browser.get(address)

    assert [event.action for event in listed.context["cl"].result_list] == ["request.denied"]
