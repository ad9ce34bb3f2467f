"""The buyer's own categories: listed, retired, shown to those in its projects."""

from datetime import datetime

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.projects.models import Category
from apps.projects.selectors import categories_of
from apps.projects.services import add_category, create_buyer_entity, retire_category
from tests.factories.gateway import problem
from tests.factories.identity import staff_browser
from tests.factories.procurement import vendor_caller
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
LIST = "/api/v1/codelists/categories"
PAPER = {"scheme": "UNSPSC", "code": "14111507", "name": "Paper"}


def paper(world: World, operator: Actor, at: datetime, **changes: str) -> Category:
    given = {**PAPER, **changes}
    return add_category(actor=operator, at=at, buyer_entity=world.buyer, **given)


def test_category_is_added_with_one_event(world: World, operator: Actor, at: datetime) -> None:
    made = paper(world, operator, at, code=" 14111507 ")

    made.refresh_from_db()
    assert (made.scheme, made.code, made.name, made.retired_at) == (
        "UNSPSC",
        "14111507",
        "Paper",
        None,
    )
    event = Event.objects.get(subject_id=made.public_id)
    assert (event.action, event.subject_label) == ("category.added", "UNSPSC 14111507")


def test_category_that_is_there_is_not_added_again(
    world: World, operator: Actor, at: datetime
) -> None:
    paper(world, operator, at)

    with pytest.raises(ValidationFailedError):
        paper(world, operator, at, name="Paper again")

    assert Category.objects.count() == 1


def test_category_is_retired_once(world: World, operator: Actor, at: datetime) -> None:
    made = paper(world, operator, at)
    retire_category(actor=operator, at=at, category=made)

    with pytest.raises(InvalidTransitionError):
        retire_category(actor=operator, at=at, category=made)

    assert Event.objects.filter(action="category.retired").count() == 1
    assert list(categories_of([world.office.pk])) == []


def test_partner_is_shown_the_categories_of_its_projects_buyers(
    world: World, operator: Actor, at: datetime
) -> None:
    paper(world, operator, at)
    paper(world, operator, at, code="1", scheme="OURS", name="Chairs")
    other = create_buyer_entity(
        actor=operator, at=at, name="Sudwind", country="DE", base_currency="EUR"
    )
    add_category(actor=operator, at=at, buyer_entity=other, **PAPER)
    project("ELSEWHERE", other, world.globex)
    project("SECOND", world.buyer, world.acme)

    answer = vendor_caller(world.acme).get(LIST)

    assert answer.json()["data"] == [
        {"code": "1", "name": "Chairs", "scheme": "OURS", "buyer_entity": world.buyer.public_id},
        {**PAPER, "buyer_entity": world.buyer.public_id},
    ]
    assert len(vendor_caller(world.globex).get(LIST).json()["data"]) == 3
    assert answer["Cache-Control"] == "private, no-store"


def test_categories_need_a_token(client: Browser) -> None:
    assert problem(client.get(LIST)) == (401, "token-missing")


@pytest.mark.usefixtures("fresh_cache")  # It remembers which forms were sent.
def test_staff_add_and_retire_categories_on_the_buyers_page(world: World) -> None:
    browser = staff_browser()
    pages = {
        name: reverse(f"admin:projects_buyerentity_{name}", args=[world.buyer.pk])
        for name in ("add-category", "retire-category", "change")
    }

    browser.post(pages["add-category"], {"once": "a", **PAPER})
    made = Category.objects.get()
    shown = browser.get(pages["change"]).content.decode()
    browser.post(pages["retire-category"], {"once": "b", "category": str(made.pk)})

    assert "14111507" in shown
    made.refresh_from_db()
    assert made.retired_at is not None
    assert [event.action for event in Event.objects.filter(subject_id=made.public_id)] == [
        "category.retired",
        "category.added",
    ]
