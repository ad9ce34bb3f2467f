"""Lists and first page as somebody reads them on a phone and on a small laptop."""

import pytest

from tests.browser.entering import enter_admin
from tests.browser.visitor import LAPTOP, PHONE, Visitor
from tests.factories.audit import events
from tests.factories.scene import SHOWN, make_scene, name_of, page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
BUYING = {
    "purchaseorder", "orderchange", "acknowledgement", "shipmentnotice", "receipt", "invoice",
    "matchexception", "creditnote", "tolerance", "bankaccountchange", "partner",
}  # fmt: skip
TRAIL = {"event", "checkpoint"}
CUT = "element => element.scrollWidth > element.clientWidth + 1"


def cut(visitor: Visitor, width: int) -> list[str]:
    """The lists of which a part is beyond the edge."""
    visitor.page.set_viewport_size({"width": width, "height": 800})
    found = []
    for model in SHOWN:
        if name_of(model) in BUYING | TRAIL:
            visitor.go(page_of(model, "changelist"))
            if visitor.page.locator(".results").evaluate(CUT):
                found.append(name_of(model))
    return found


def test_no_list_of_buying_or_of_the_trail_is_cut_on_a_phone_or_a_laptop(visitor: Visitor) -> None:
    make_scene(make_world())
    events(1, subject_label="purchase-requisitions-of-the-northern-region@procurement.example")
    enter_admin(visitor)

    assert (cut(visitor, PHONE), cut(visitor, LAPTOP)) == ([], [])


def test_lists_lead_with_what_people_have_in_hand(visitor: Visitor) -> None:
    scene = make_scene(make_world())
    enter_admin(visitor)
    visitor.page.set_viewport_size({"width": PHONE, "height": 800})
    visitor.go(page_of(type(scene.order), "changelist"))

    row = visitor.page.locator("#result_list tbody tr", has_text=scene.order.number)

    assert row.inner_text().split("\n")[0] == scene.order.number
    assert "EUR" in row.inner_text()
