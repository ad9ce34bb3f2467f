"""Goods that come late: the invoices that wait for them are compared again by themselves."""

from decimal import Decimal

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.procurement.models import Invoice, MatchException
from apps.procurement.services import approve_invoice
from apps.procurement.states import Resolution
from tests.factories.fulfilment import buyer_of, received, tolerance
from tests.factories.invoices import claimed, decided, invoiced, kinds, resolved, status_of
from tests.factories.procurement import issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(world: World) -> Invoice:
    """Twenty pieces, of which twelve came."""
    order = issued(world)
    received(order, "12")
    return invoiced(order)


@pytest.fixture
def exception(invoice: Invoice) -> MatchException:
    return invoice.exceptions.get()


def test_receipt_of_what_was_missing_corrects_it_and_the_invoice_moves_on(
    invoice: Invoice, exception: MatchException
) -> None:
    clerk = buyer_of(invoice.order)

    receipt = received(invoice.order, "8", actor=clerk)

    exception.refresh_from_db()
    assert (status_of(invoice), exception.resolution) == ("matched", Resolution.CORRECTED)
    assert exception.resolved_by_session_id == clerk.session_id
    told = Event.objects.get(action=Action.INVOICE_MATCHED)
    assert (told.data["automatic"], told.data["receipt"]) == (True, receipt.public_id)
    assert (told.data["exceptions"], told.session_id) == ([], clerk.session_id)


def test_receipt_of_part_brings_the_exception_up_to_date(
    invoice: Invoice, exception: MatchException
) -> None:
    received(invoice.order, "5")

    assert (status_of(invoice), kinds(invoice)) == ("exception", [("quantity", "17", "20", "")])
    revision = exception.revision
    exception.refresh_from_db()
    assert exception.revision == revision + 1


def test_receipt_of_nothing_kept_leaves_the_invoice_untouched(invoice: Invoice) -> None:
    before = invoice.revision

    received(invoice.order, "8", rejected="8")

    invoice.refresh_from_db()
    assert (invoice.status, invoice.revision) == ("exception", before)
    assert kinds(invoice) == [("quantity", "12", "20", "")]
    assert not Event.objects.filter(action=Action.INVOICE_MATCHED).exists()


def test_other_differences_stay_when_the_goods_come(world: World) -> None:
    order = issued(world)
    dear = invoiced(order, claimed("20", "5.00"))

    received(order, "20")

    assert (status_of(dear), kinds(dear)) == (
        "exception",
        [("quantity", "0", "20", "corrected"), ("price", "85.00", "100.00", "")],
    )


def test_goods_go_to_the_invoices_in_the_order_they_came(world: World) -> None:
    order = issued(world)
    first, second = invoiced(order), invoiced(order)

    received(order, "25")

    assert (status_of(first), status_of(second)) == ("matched", "exception")
    assert kinds(second) == [("quantity", "5", "20", "")]
    received(order, "15")
    assert status_of(second) == "matched"


def test_what_somebody_said_no_to_is_not_undone_by_a_receipt(
    world: World, invoice: Invoice, exception: MatchException
) -> None:
    resolved(exception, world, Resolution.REJECTED)

    received(invoice.order, "8")

    assert (status_of(invoice), kinds(invoice)) == (
        "exception", [("quantity", "12", "20", "rejected")],
    )  # fmt: skip


def test_invoice_of_another_order_is_left_alone(world: World, invoice: Invoice) -> None:
    other = issued(world)

    received(other, "20")

    assert status_of(invoice) == "exception"


def test_order_closes_once_the_invoice_that_waited_is_approved(world: World) -> None:
    order = issued(world)
    whole = invoiced(order, claimed("120"))
    received(order, "120")

    order.refresh_from_db()
    assert (status_of(whole), order.status) == ("matched", "issued")
    decided(approve_invoice, whole, world)
    order.refresh_from_db()
    assert order.status == "closed"


def test_over_receipt_within_the_tolerance_is_for_who_waited(world: World) -> None:
    tolerance(world, over_receipt_percent=Decimal(10))
    order = issued(world)
    whole = invoiced(order, claimed("132"))

    received(order, "132")

    assert [kind for kind, *_ in kinds(whole) if kind == "quantity"] == ["quantity"]
    assert MatchException.objects.get(kind="quantity").resolution == "corrected"
