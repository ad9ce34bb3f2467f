"""A buyer entity's tax id: given when it is added or later, and told to who is in its projects."""

from datetime import datetime

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.projects.models import BuyerEntity
from apps.projects.services import set_tax_id
from tests.factories.gateway import Caller
from tests.factories.identity import staff_browser
from tests.factories.procurement import vendor_caller
from tests.factories.world import World

pytestmark = pytest.mark.django_db
TAX_ID = "SE556012345601"


def changed(world: World, operator: Actor, at: datetime, tax_id: str = TAX_ID) -> None:
    set_tax_id(actor=operator, at=at, buyer_entity=world.buyer, tax_id=tax_id, reason="Registered")


@pytest.fixture
def acme(world: World) -> Caller:
    return vendor_caller(world.acme, "projects:read")


def test_tax_id_is_shown_to_who_invoices_the_entity(
    world: World, acme: Caller, operator: Actor, at: datetime
) -> None:
    path = f"/api/v1/projects/{world.office.public_id}"
    before = acme.get(path)

    changed(world, operator, at, f" {TAX_ID} ")

    after = acme.get(path)
    assert before.json()["buyer_entity"]["tax_id"] == ""
    assert after.json()["buyer_entity"] == {
        "id": world.buyer.public_id,
        "name": world.buyer.name,
        "tax_id": TAX_ID,
    }
    assert before["ETag"] != after["ETag"]


def test_tax_id_is_changed_with_one_event(world: World, operator: Actor, at: datetime) -> None:
    changed(world, operator, at)

    event = Event.objects.get(action="buyer_entity.changed")
    assert event.data == {"before": {"tax_id": ""}, "after": {"tax_id": TAX_ID}}
    assert event.private["reason"] == "Registered"


def test_tax_id_that_is_so_already_or_too_long_is_refused(
    world: World, operator: Actor, at: datetime
) -> None:
    changed(world, operator, at)

    with pytest.raises(InvalidTransitionError):
        changed(world, operator, at)
    with pytest.raises(ValidationFailedError):
        changed(world, operator, at, "x" * 41)

    assert BuyerEntity.objects.get().tax_id == TAX_ID
    assert Event.objects.filter(action="buyer_entity.changed").count() == 1


@pytest.mark.usefixtures("fresh_cache")  # It remembers which forms were sent.
def test_staff_give_it_when_they_add_an_entity_and_later(world: World) -> None:
    browser = staff_browser()
    form = {"name": "Sudwind", "country": "DE", "base_currency": "EUR", "timezone": "UTC"}
    act, page = (
        reverse(f"admin:projects_buyerentity_{name}", args=[world.buyer.pk])
        for name in ("set-tax-id", "change")
    )

    browser.post(
        reverse("admin:projects_buyerentity_add"), {"once": "a", **form, "tax_id": "DE136695976"}
    )
    browser.post(act, {"once": "b", "tax_id": TAX_ID, "reason": "Moved"})

    found = BuyerEntity.objects.order_by("id").values_list("tax_id", flat=True)
    assert list(found) == [TAX_ID, "DE136695976"]
    assert TAX_ID in browser.get(page).content.decode()
