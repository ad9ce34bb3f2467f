"""Tolerances: which one counts, and how staff set them."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.procurement.models import Tolerance
from apps.procurement.policy.tolerances import tolerance_for, with_tolerance
from tests.factories.fulfilment import tolerance
from tests.factories.gateway import new_key
from tests.factories.identity import staff_browser
from tests.factories.scene import page_of
from tests.factories.world import World

KNOWN = [
    Tolerance(category="", over_receipt_percent=Decimal(1)),
    Tolerance(category="43", over_receipt_percent=Decimal(2)),
    Tolerance(category="4321", over_receipt_percent=Decimal(3)),
]
TERMS = {"over_receipt_percent": "5", "price_percent": "2.5", "reason": "Agreed in March"}


@pytest.mark.parametrize(
    ("category", "percent"),
    (("", 1), ("14111507", 1), ("4", 1), ("43", 2), ("4399", 2), ("4321", 3), ("43211503", 3)),
)
def test_longest_beginning_of_the_category_counts(category: str, percent: int) -> None:
    assert tolerance_for(category, KNOWN).over_receipt_percent == percent


def test_nothing_passes_without_a_tolerance() -> None:
    strict = tolerance_for("", KNOWN[1:])

    assert (strict.over_receipt_percent, strict.price_percent, strict.two_way) == (0, 0, False)


@pytest.mark.parametrize(
    ("value", "percent", "allowed"),
    (
        ("100", "0", "100"),
        ("100", "5", "105"),
        ("33.333333", "0.0001", "33.333366333333"),
        ("9999999999999.999999", "12.3456", "11234559999999.99999887654400"),
    ),
)
def test_tolerance_is_reckoned_exactly(value: str, percent: str, allowed: str) -> None:
    assert with_tolerance(Decimal(value), Decimal(percent)) == Decimal(allowed)


@pytest.mark.django_db
@pytest.mark.parametrize("terms", ({"over_receipt_percent": -1}, {"price_percent": 101}))
def test_tolerance_that_is_no_percentage_is_refused(world: World, terms: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        tolerance(world, **terms)


@pytest.mark.django_db
def test_staff_set_change_and_remove_a_tolerance(world: World) -> None:
    browser = staff_browser(StaffRole.ADMINISTRATOR)
    listed = page_of(Tolerance, "changelist")
    new = {"buyer_entity": str(world.buyer.pk), "category": "4321", "once": new_key(), **TERMS}

    assert browser.post(page_of(Tolerance, "add"), new).status_code == 302
    kept = Tolerance.objects.get()
    assert (kept.category, kept.over_receipt_percent, kept.two_way) == ("4321", 5, False)
    edit = page_of(Tolerance, "edit", kept.pk)
    assert browser.post(edit, {**TERMS, "two_way": "on", "once": new_key()}).status_code == 302
    kept.refresh_from_db()
    assert (kept.two_way, kept.price_percent) == (True, Decimal("2.5"))
    gone = browser.post(
        page_of(Tolerance, "remove", kept.pk), {"reason": "Over", "once": new_key()}
    )

    assert (gone.status_code, gone["Location"]) == (302, listed)
    assert not Tolerance.objects.exists()
    told = list(
        Event.objects.filter(action__startswith="tolerance.")
        .order_by("id")
        .values("action", "private")
    )
    assert [event["action"] for event in told] == [
        Action.TOLERANCE_SET, Action.TOLERANCE_SET, Action.TOLERANCE_REMOVED,
    ]  # fmt: skip
    assert told[0]["private"]["before"] is None
    assert told[1]["private"]["before"] == {
        "over_receipt_percent": "5", "price_percent": "2.5", "two_way": False,
    }  # fmt: skip
    assert told[2]["private"]["reason"] == "Over"


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.ADMINISTRATOR])
def test_other_staff_set_no_tolerance(world: World, role: StaffRole) -> None:
    browser, kept = staff_browser(role), tolerance(world)

    refused = [
        browser.get(page_of(Tolerance, "add")).status_code,
        browser.post(page_of(Tolerance, "edit", kept.pk), {**TERMS, "once": new_key()}).status_code,
        browser.post(page_of(Tolerance, "remove", kept.pk), {"once": new_key()}).status_code,
    ]

    assert refused == [403, 403, 403]
    assert Tolerance.objects.get().over_receipt_percent == 0
