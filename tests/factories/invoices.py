"""Invoices and credit notes, submitted by the service or as bodies for the API."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.core.actor import Actor
from apps.partners.models import Partner, PartnerBankAccount
from apps.procurement.models import CreditNote, Invoice, MatchException, PurchaseOrder
from apps.procurement.models import PurchaseOrderLine as Line
from apps.procurement.policy.crediting import CreditDraft, CreditedLine
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.invoices import InvoicedLine, InvoiceDraft
from apps.procurement.rest.invoice_examples import INVOICE
from apps.procurement.services import (
    credit_invoice,
    resolve_exception,
    submit_invoice,
)
from apps.procurement.states import Resolution
from tests.factories.fulfilment import received
from tests.factories.gateway import ANY_REVISION
from tests.factories.procurement import actor_for, buyer_person, issued
from tests.factories.world import World, person

INVOICES = "/api/v1/invoices"
TODAY = datetime.now(tz=UTC).date()
_numbers = itertools.count(1)


def day(month: int, number: int, *, years_ago: int = 1) -> date:
    """A day of a year that is over."""
    return date(TODAY.year - years_ago, month, number)


def claimed(quantity: str = "20", unit_price: str = "4.25", **changes: Any) -> InvoicedLine:
    """So much of line 1, at the order's price."""
    said = {
        "line_no": 1,
        "quantity": Decimal(quantity),
        "unit_price": Decimal(unit_price),
        "tax": Tax("S", Decimal(25)),
    }
    return InvoicedLine(**{**said, **changes})


def invoice_draft(order: PurchaseOrder, *lines: InvoicedLine, **said: Any) -> InvoiceDraft:
    """With a number of its own, issued each on another day, so that none looks like another."""
    number = next(_numbers)
    return InvoiceDraft(
        **{
            "purchase_order": order.public_id,
            "vendor_number": f"INV-{number}",
            "document_type": "380",
            "issue_date": TODAY - timedelta(days=number % 1000),
            "lines": lines or (claimed(),),
            **said,
        }
    )


def seller_of(order: PurchaseOrder) -> Actor:
    """The order's vendor, in a session of its own."""
    return actor_for(order.vendor, order.project)


def invoiced(
    order: PurchaseOrder, *lines: InvoicedLine, actor: Actor | None = None, **said: Any
) -> Invoice:
    """An invoice of the order's vendor's; 20 of line 1 unless told otherwise."""
    return submit_invoice(
        actor=actor or seller_of(order),
        at=datetime.now(tz=UTC),
        draft=invoice_draft(order, *lines, **said),
    )


def asked_of(invoice: Invoice, actor: Actor, **asked: Any) -> dict[str, Any]:
    """What every act on an invoice is told; whatever its revision, unless told otherwise."""
    base = {"actor": actor, "at": datetime.now(tz=UTC), "invoice_id": invoice.public_id}
    return {**base, "precondition": ANY_REVISION, **asked}


def decided(act: Callable[..., Invoice], invoice: Invoice, world: World, **asked: Any) -> Invoice:
    """What somebody of the buyer's who may decides on it."""
    actor = asked.pop("actor", None) or decider(world)
    return act(**asked_of(invoice, actor, **{"reason": "Checked", **asked}))


def decider(world: World) -> Actor:
    return buyer_person(world, "payer@nordwind.example")


def resolved(
    exception: MatchException,
    world: World,
    resolution: Resolution = Resolution.ACCEPTED,
    **asked: Any,
) -> MatchException:
    return resolve_exception(
        **{
            **asked_of(exception.invoice, decider(world)),
            "exception_id": exception.public_id,
            "resolution": resolution,
            "note": "Agreed by telephone",
            **asked,
        }
    )


def credited(
    invoice: Invoice, *lines: CreditedLine, actor: Actor | None = None, **said: Any
) -> CreditNote:
    """Of the whole that is left, unless lines are given."""
    draft = CreditDraft(
        **{
            "vendor_number": f"CN-{next(_numbers)}",
            "issue_date": TODAY,
            "reason": "Returned",
            "lines": lines,
            **said,
        }
    )
    return credit_invoice(
        actor=actor or seller_of(invoice.order),
        at=datetime.now(tz=UTC),
        invoice_id=invoice.public_id,
        draft=draft,
    )


def taken(quantity: str, net: str | None = None, line_no: int = 1) -> CreditedLine:
    return CreditedLine(
        line_no=line_no, quantity=Decimal(quantity), net=None if net is None else Decimal(net)
    )


def counts(order: PurchaseOrder, line_no: int = 1) -> tuple[Decimal, Decimal]:
    """What the line counts as invoiced: quantity and money."""
    line = Line.objects.get(order=order, line_no=line_no)
    return line.quantity_invoiced, line.amount_invoiced


def kinds(invoice: Invoice) -> list[tuple[str, str, str, str]]:
    """The invoice's exceptions: kind, expected, actual, resolution."""
    rows = MatchException.objects.filter(invoice=invoice).order_by("id")
    return [(row.kind, row.expected, row.actual, row.resolution) for row in rows]


def status_of(invoice: Invoice) -> str:
    invoice.refresh_from_db(fields=["status"])
    return invoice.status


def account(order: PurchaseOrder, at: datetime, **dates: Any) -> PartnerBankAccount:
    """A bank account of the order's vendor, to be paid to from now on."""
    return account_of(order.vendor, at, **dates)


def account_of(vendor: Partner, at: datetime, **dates: Any) -> PartnerBankAccount:
    return PartnerBankAccount.objects.create(
        **{
            "partner": vendor,
            "holder": "Acme",
            "number": "NO9386011117947",
            "number_kind": "iban",
            "ending": "7947",
            "verified_at": at,
            "verified_by": person(f"verifier{next(_numbers)}@nordwind.example"),
            "effective_from": at,
            **dates,
        }
    )


def ready(world: World, **changes: Any) -> PurchaseOrder:
    """An issued order of 120, all of it received."""
    order = issued(world, **changes)
    received(order, "120")
    return order


def disputed(world: World) -> Invoice:
    """An invoice of which nothing came, credited in part."""
    invoice = invoiced(issued(world))
    credited(invoice, taken("5"))
    return invoice


def invoice_body(order: PurchaseOrder, **changes: Any) -> dict[str, Any]:
    """The contract's example, for this order."""
    return {**INVOICE, "purchase_order": order.public_id, **changes}
