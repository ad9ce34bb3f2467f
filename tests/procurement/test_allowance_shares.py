"""What was agreed to be taken off the whole of an order comes with every invoice, in proportion."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from apps.procurement.models import Invoice
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from apps.procurement.policy.shares import allowance_due
from tests.factories.invoices import claimed, invoiced, kinds, ready
from tests.factories.world import World

VAT = Tax("S", Decimal(25))
CENT = Decimal("0.01")


def due(claim: str, *, before: str = "0", taken: str = "0", agreed: str = "100") -> Decimal:
    """Of an order whose lines come to 1000."""
    return allowance_due(
        agreed=Decimal(agreed),
        lines_net=Decimal(1000),
        claimed_before=Decimal(before),
        taken_before=Decimal(taken),
        claimed=Decimal(claim),
        places=2,
    )


@pytest.mark.parametrize(
    ("claim", "before", "taken", "expected"),
    (
        ("1000", "0", "0", "100"),
        ("500", "0", "0", "50"),
        ("500", "500", "50", "50"),
        ("500", "500", "0", "100"),  # The last brings what was withheld before.
        ("250", "500", "0", "25"),  # Others bring their own share only.
        ("250", "500", "100", "0"),  # All of it came with the first.
        ("250", "500", "60", "15"),
        ("0.05", "0", "0", "0.01"),  # Halves up.
        ("0.04", "0", "0", "0"),
        ("0", "500", "0", "0"),
        ("1200", "0", "0", "100"),  # No more than was agreed.
    ),
)
def test_share_follows_the_lines(claim: str, before: str, taken: str, expected: str) -> None:
    assert due(claim, before=before, taken=taken) == Decimal(expected)


def test_order_of_nothing_owes_nothing() -> None:
    nothing = {"claimed_before": Decimal(0), "taken_before": Decimal(0), "places": 2}

    assert allowance_due(agreed=CENT, lines_net=Decimal(0), claimed=CENT, **nothing) == 0  # type: ignore[arg-type]  # as written above


@given(
    nets=some.lists(some.decimals(CENT, 10_000, places=2), min_size=1, max_size=12),
    percent=some.decimals(0, 100, places=2),
    places=some.sampled_from((0, 2, 3)),
)
def test_shares_come_to_what_was_agreed_exactly(
    nets: Sequence[Decimal], percent: Decimal, places: int
) -> None:
    whole = sum(nets, Decimal(0))
    agreed = (whole * percent / 100).quantize(Decimal(1).scaleb(-places))
    said = {"agreed": agreed, "lines_net": whole, "places": places}
    before = taken = Decimal(0)

    for net in nets:
        share = allowance_due(claimed_before=before, taken_before=taken, claimed=net, **said)  # type: ignore[arg-type]  # as written above
        assert 0 <= share <= agreed - taken
        before, taken = before + net, taken + share

    assert taken == agreed


# --- With invoices ------------------------------------------------------------------------------
def off(money: str) -> dict[str, Any]:
    return {"allowances": (AdjustmentDraft(reason="Discount", amount=Decimal(money), tax=VAT),)}


def parts(world: World, *said: tuple[str, str]) -> list[Invoice]:
    """Invoices for an order of 120 at 4.25 less 51 for the whole: pieces, and what is taken off."""
    order = ready(world, **off("51"))
    return [
        invoiced(order, claimed(pieces), **(off(money) if money != "0" else {}))
        for pieces, money in said
    ]


@pytest.mark.django_db
def test_invoices_that_pass_on_their_share_match_and_come_to_the_order(world: World) -> None:
    made = parts(world, ("20", "8.5"), ("60", "25.5"), ("40", "17"))

    assert [one.status for one in made] == ["matched"] * 3
    assert sum(one.tax_exclusive for one in made) == made[0].order.tax_exclusive


@pytest.mark.django_db
def test_withheld_share_is_disputed_with_the_first_invoice(world: World) -> None:
    (first,) = parts(world, ("20", "0"))

    assert kinds(first) == [("price", "76.50", "85.00", "")]


@pytest.mark.django_db
def test_share_short_of_a_cent_is_disputed(world: World) -> None:
    (first,) = parts(world, ("20", "8.49"))

    assert kinds(first) == [("price", "76.50", "76.51", "")]


@pytest.mark.django_db
def test_discount_that_came_early_is_not_asked_for_again(world: World) -> None:
    first, second = parts(world, ("20", "51"), ("100", "0"))

    assert (first.status, second.status) == ("matched", "matched")


@pytest.mark.django_db
def test_share_passed_on_by_a_lower_price_counts(world: World) -> None:
    order = ready(world, **off("51"))

    assert invoiced(order, claimed("20", "3.825")).status == "matched"
