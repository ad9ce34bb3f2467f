"""Lists: as many queries for many rows as for few, and found by what people have in hand."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.oauth.models import Client, TokenSession
from apps.partners.models import Partner
from apps.procurement.models import PurchaseOrder
from apps.projects.models import Project
from tests.factories.identity import staff_browser
from tests.factories.scene import SHOWN, Scene, make_scene, one_more_of_each, page_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def list_of(model: type[Model]) -> str:
    return page_of(model, "changelist")


def queries(browser: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_lists_take_as_many_queries_for_three_more_rows(world: World) -> None:
    make_scene(world)
    browser = staff_browser()
    for model in SHOWN:  # Whatever is read once and remembered, such as content types.
        browser.get(list_of(model))

    few = {model.__name__: queries(browser, list_of(model)) for model in SHOWN}
    for number in range(3):
        one_more_of_each(world, number)
    many = {model.__name__: queries(browser, list_of(model)) for model in SHOWN}

    assert many == few
    assert max(few.values()) <= 12


def test_the_first_page_takes_as_many_queries_for_three_more_rows(world: World) -> None:
    make_scene(world)
    browser = staff_browser()
    browser.get("/admin/")

    few = queries(browser, "/admin/")
    for number in range(3):
        one_more_of_each(world, number)

    assert queries(browser, "/admin/") == few


def test_a_record_takes_as_many_queries_for_three_more_rows(world: World) -> None:
    scene = make_scene(world)
    browser = staff_browser()
    address = page_of(Project, "change", world.office.pk)
    browser.get(address)

    few = queries(browser, address)
    for company in range(3):
        one_more_of_each(world, company)
    order = page_of(PurchaseOrder, "change", scene.order.pk)

    assert queries(browser, address) == few
    assert browser.get(order).status_code == 200


@pytest.mark.parametrize(
    ("model", "term_of"),
    (
        (Partner, lambda _scene: "acm"),
        (Partner, lambda scene: scene.world.acme.public_id),
        (Partner, lambda _scene: "bo@acme.example"),
        (Client, lambda scene: scene.client.client_id),
        (TokenSession, lambda scene: f" {scene.session.public_id} "),
        (TokenSession, lambda scene: scene.client.client_id),
        (PurchaseOrder, lambda scene: scene.order.number),
        (PurchaseOrder, lambda scene: scene.order.public_id),
    ),
)
def test_a_record_is_found_by_what_people_have_in_hand(
    world: World, model: type[Model], term_of: Callable[[Scene], str]
) -> None:
    scene = make_scene(world)
    one_more_of_each(world, 1)

    answer = staff_browser().get(list_of(model), {"q": term_of(scene)})

    assert [row.pk for row in answer.context["cl"].result_list] == [scene.record(model).pk]


@pytest.mark.parametrize("term", ("\x00", "ses_nonsense", "'; drop table", "%"))
def test_a_search_for_nonsense_is_answered(world: World, term: str) -> None:
    make_scene(world)
    browser = staff_browser()

    statuses = {browser.get(list_of(model), {"q": term}).status_code for model in SHOWN}

    assert statuses == {200}


def test_sessions_are_filtered_by_whether_they_live(world: World) -> None:
    scene = make_scene(world)
    TokenSession.objects.exclude(pk=scene.session.pk).update(expires_at="2020-01-01T00:00Z")
    browser = staff_browser()
    own = TokenSession.objects.get(kind="staff", user__email="administrator@buyer.example")

    def listed(state: str) -> set[object]:
        answer = browser.get(list_of(TokenSession), {"state": state})
        return {row.pk for row in answer.context["cl"].result_list}

    everything = set(TokenSession.objects.values_list("pk", flat=True))
    assert listed("live") == {scene.session.pk, own.pk}
    assert listed("over") == everything - {scene.session.pk, own.pk}


@pytest.mark.usefixtures("db")
def test_an_empty_list_says_what_to_do_next() -> None:
    browser = staff_browser()

    empty = browser.get(list_of(Partner)).content.decode()
    unmatched = browser.get(list_of(Partner), {"q": "nobody"}).content.decode()

    assert "lets the first one in" in empty
    assert "Nothing matches" in unmatched
