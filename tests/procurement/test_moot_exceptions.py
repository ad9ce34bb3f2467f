"""What nobody decided on ends with its invoice, and nothing is left to pay of a refused one."""

import pytest

from apps.procurement.models import MatchException
from apps.procurement.selectors.work import exceptions_to_decide
from apps.procurement.services import reject_invoice
from apps.procurement.states import Resolution
from tests.factories.invoices import (
    INVOICES,
    claimed,
    credited,
    decided,
    disputed,
    invoiced,
    kinds,
    ready,
    resolved,
)
from tests.factories.procurement import vendor_caller
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def test_open_exception_of_a_rejected_invoice_is_moot(world: World) -> None:
    invoice = disputed(world)
    before = invoice.exceptions.get()

    decided(reject_invoice, invoice, world)

    row = MatchException.objects.get()
    invoice.refresh_from_db()
    assert (row.resolution, row.revision) == ("moot", before.revision + 1)
    assert row.resolved_at == invoice.rejected_at
    assert row.resolved_by_session == invoice.rejected_by_session
    assert not exceptions_to_decide().exists()


def test_open_exception_of_a_void_invoice_is_moot(world: World) -> None:
    invoice = invoiced(ready(world), claimed(unit_price="4.90"))

    note = credited(invoice)

    row = MatchException.objects.get()
    assert (row.resolution, row.resolved_by_session) == ("moot", note.created_by_session)


def test_what_was_decided_stays_when_the_invoice_ends(world: World) -> None:
    invoice = disputed(world)
    resolved(invoice.exceptions.get(), world, Resolution.REJECTED)

    decided(reject_invoice, invoice, world)

    assert [said for *_difference, said in kinds(invoice)] == ["rejected"]


def test_vendor_reads_that_nothing_is_open_nor_payable(world: World) -> None:
    invoice = decided(reject_invoice, disputed(world), world)

    shown = vendor_caller(world.acme, "invoices:read").get(f"{INVOICES}/{invoice.public_id}").json()

    assert shown["payable"] == "0.00"
    assert [one["resolution"] for one in shown["exceptions"]] == ["moot"]
