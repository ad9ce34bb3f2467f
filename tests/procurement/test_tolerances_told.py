"""A vendor learns what was ordered and agreed, and not how far the buyer lets it be off."""

from decimal import Decimal

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.procurement.errors import OverInvoiceError
from apps.procurement.formats.invoices import invoice_body
from apps.procurement.formats.match_exceptions import exception_body
from apps.procurement.models import MatchException
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from tests.factories.fulfilment import tolerance
from tests.factories.invoices import claimed, decider, invoiced, ready, seller_of
from tests.factories.procurement import issued, line_draft
from tests.factories.world import World

pytestmark = pytest.mark.django_db
FREIGHT = AdjustmentDraft(reason="Freight", amount=Decimal("10.80"), tax=Tax("S", Decimal(25)))


def test_refusal_tells_what_was_ordered_only(world: World) -> None:
    tolerance(world, over_receipt_percent=Decimal(7))  # 128.4 in all.
    order = ready(world)
    invoiced(order)

    with pytest.raises(OverInvoiceError) as refused:
        invoiced(order, claimed("109"))

    assert refused.value.extra == {
        "lines": [{"line_no": 1, "ordered": "120", "accepted": "120", "invoiced": "20"}]
    }
    assert "128" not in str(vars(refused.value))
    assert "108" not in str(vars(refused.value))


def test_exception_tells_the_vendor_the_agreed_price_and_the_buyer_both(world: World) -> None:
    tolerance(world, price_percent=Decimal(7))
    order = ready(world)

    invoice = invoiced(order, claimed("20", "4.60"))

    row = MatchException.objects.get(invoice=invoice)
    vendors = exception_body(row, invoice, seller_of(order))
    buyers = exception_body(row, invoice, decider(world))
    assert (vendors["expected"], vendors["actual"]) == ("85.00", "92.00")
    assert (buyers["expected"], buyers["allowed"]) == ("85.00", "90.95")
    event = Event.objects.get(action=Action.INVOICE_EXCEPTION)
    assert event.private["allowed"] == ["90.95"]
    for told in (vendors, invoice_body(invoice, seller_of(order)), event.data):
        assert "90.95" not in str(told)


def test_whole_tells_the_vendor_what_was_agreed(world: World) -> None:
    tolerance(world, price_percent=Decimal(7))
    order = ready(world, charges=(AdjustmentDraft(**{**vars(FREIGHT), "amount": Decimal(10)}),))

    invoice = invoiced(order, charges=(FREIGHT,))

    row = MatchException.objects.get(invoice=invoice)
    assert (row.expected, row.allowed, row.actual) == ("95.00", "95.70", "95.80")


def test_line_counts_no_more_than_it_can(world: World) -> None:
    tolerance(world, over_receipt_percent=Decimal(100))
    most = Decimal(9999999999999)
    order = issued(world, lines=(line_draft(quantity=most, unit_price=Decimal("0.0001")),))
    invoiced(order, claimed(str(most), "0.0001"))

    with pytest.raises(OverInvoiceError) as refused:
        invoiced(order, claimed(str(most), "0.0001"))

    assert [fault.pointer for fault in refused.value.errors] == ["/lines/0/quantity"]
