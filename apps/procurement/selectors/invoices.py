"""Invoices that a caller may see, with what hangs on them."""

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import PartnerBankAccount
from apps.procurement.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    MatchException,
    PurchaseOrder,
)
from apps.procurement.selectors.gates import of_projects, seen_document
from apps.procurement.states import UNDECIDED, ExceptionKind, InvoiceStatus


def told_invoices() -> QuerySet[Invoice]:
    """With lines, taxes and exceptions, each in one query more however many invoices."""
    lines = InvoiceLine.objects.select_related("line")
    return Invoice.objects.prefetch_related(
        Prefetch("lines", queryset=lines), "taxes", "exceptions"
    )


def invoices_visible_to(actor: Actor) -> QuerySet[Invoice]:
    """Of the projects that are open to the caller now, newest first."""
    return of_projects(told_invoices(), actor, actor.open_projects).order_by("-id")


def visible_invoice(
    *, actor: Actor, invoice_id: str, lock: bool = False, parts: bool = True
) -> Invoice:
    """With ``lock`` its row is held until the transaction ends. Without ``parts``, for who reads
    what hangs on it, one statement. Raises NotFoundError and ProjectClosedError.
    """
    rows = told_invoices() if parts else Invoice.objects.all()
    if lock:
        rows = rows.select_for_update(no_key=True)
    return seen_document(rows, actor=actor, public_id=invoice_id, called="invoice")


def exceptions_of(invoice: Invoice) -> QuerySet[MatchException]:
    """Of an invoice that the caller sees."""
    return MatchException.objects.filter(invoice=invoice).select_related("line__line")


def exception_of(invoice: Invoice, exception_id: str) -> MatchException:
    """Raises NotFoundError."""
    found = decode_id(MatchException.id_prefix, exception_id)
    known = exceptions_of(invoice).filter(pk=found).first() if found else None
    if known is None:
        raise NotFoundError("There is no such exception.")
    known.invoice = invoice
    return known


def credit_notes_of(invoice: Invoice) -> QuerySet[CreditNote]:
    """Of an invoice that the caller sees, with lines and taxes in one query each."""
    lines = CreditNoteLine.objects.select_related("line__line")
    notes = CreditNote.objects.filter(invoice=invoice)
    return notes.prefetch_related(Prefetch("lines", queryset=lines), "taxes")


def credit_note_of(invoice: Invoice, credit_note_id: str) -> CreditNote:
    """Raises NotFoundError."""
    found = decode_id(CreditNote.id_prefix, credit_note_id)
    known = credit_notes_of(invoice).filter(pk=found).first() if found else None
    if known is None:
        raise NotFoundError("There is no such credit note.")
    known.invoice = invoice
    return known


def account_of_vendor(order: PurchaseOrder, account_id: str) -> PartnerBankAccount | None:
    """An account of the order's vendor, whatever may be paid to it."""
    found = decode_id(PartnerBankAccount.id_prefix, account_id)
    accounts = PartnerBankAccount.objects.filter(partner_id=order.vendor_id)
    return accounts.filter(pk=found).first() if found else None


def accounts_of_vendor(invoice: Invoice) -> list[PartnerBankAccount]:
    """All of the invoice's vendor, whatever may be paid to them."""
    return list(PartnerBankAccount.objects.filter(partner_id=invoice.vendor_id))


def has_paid_invoice(order: PurchaseOrder) -> bool:
    """Whether money was paid on the order, whatever was credited since."""
    return Invoice.objects.filter(order=order, paid_at__isnull=False).exists()


def waiting_for_goods(order: PurchaseOrder) -> list[Invoice]:
    """Invoices of a locked order in dispute because more is claimed than was accepted, in the order
    in which they came, held until the transaction ends.
    """
    open_quantity = MatchException.objects.filter(
        invoice=OuterRef("pk"), kind=ExceptionKind.QUANTITY, resolution=""
    )
    disputed = told_invoices().filter(order=order, status=InvoiceStatus.EXCEPTION)
    held = disputed.filter(Exists(open_quantity)).select_for_update(of=("self",), no_key=True)
    return list(held.order_by("order_revision"))


def has_undecided_invoice(order: PurchaseOrder) -> bool:
    """Whether an invoice of the order waits for somebody's decision."""
    return Invoice.objects.filter(order=order, status__in=UNDECIDED).exists()


def owes(order: PurchaseOrder) -> bool:
    """Whether an invoice of the order has still to be decided on or paid."""
    unsettled = [*UNDECIDED, InvoiceStatus.APPROVED]
    return Invoice.objects.filter(order=order, status__in=unsettled).exists()
