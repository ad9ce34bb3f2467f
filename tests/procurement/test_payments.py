"""Where the money of an invoice goes (reference 2d no. 10)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import ConflictError, ValidationFailedError
from apps.procurement.models import Invoice
from apps.procurement.services import approve_invoice, pay_invoice
from tests.factories.invoices import account, decided, invoiced, ready, status_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(world: World) -> Invoice:
    """Approved, and naming no account."""
    return decided(approve_invoice, invoiced(ready(world)), world)


@pytest.fixture
def now() -> datetime:
    return datetime.now(tz=UTC)


def test_vendor_that_never_had_an_account_is_noted_as_paid(world: World, invoice: Invoice) -> None:
    paid = decided(pay_invoice, invoice, world)

    assert (paid.status, paid.paid_to, paid.paid_total) == ("paid", None, paid.tax_inclusive)


def test_nothing_is_paid_to_a_vendor_whose_accounts_are_all_unusable(
    world: World, invoice: Invoice, now: datetime
) -> None:
    account(invoice.order, now, retired_from=now)

    with pytest.raises(ConflictError) as refused:
        decided(pay_invoice, invoice, world)

    assert (refused.value.extra, status_of(invoice)) == ({"bank_accounts": []}, "approved")


def test_only_account_is_taken_and_shown(world: World, invoice: Invoice, now: datetime) -> None:
    only = account(invoice.order, now)
    account(invoice.order, now, effective_from=now + timedelta(hours=48))
    account(invoice.order, now, retired_from=now)

    paid = decided(pay_invoice, invoice, world)

    assert (paid.status, paid.paid_to, paid.bank_account) == ("paid", only, None)
    assert paid.paid_total == paid.tax_inclusive


def test_of_several_accounts_one_is_named(world: World, invoice: Invoice, now: datetime) -> None:
    first, second = (account(invoice.order, now) for _ in range(2))

    with pytest.raises(ConflictError) as refused:
        decided(pay_invoice, invoice, world)
    assert refused.value.extra["bank_accounts"] == [second.public_id, first.public_id]

    paid = decided(pay_invoice, invoice, world, bank_account=first.public_id)
    assert paid.paid_to == first


def test_account_that_still_cools_off_is_not_paid_to(
    world: World, invoice: Invoice, now: datetime
) -> None:
    cooling = account(invoice.order, now, effective_from=now + timedelta(hours=48))

    for named in ("", cooling.public_id):
        with pytest.raises(ConflictError):
            decided(pay_invoice, invoice, world, bank_account=named)


def test_account_of_another_vendor_is_not_paid_to(
    world: World, invoice: Invoice, now: datetime
) -> None:
    account(invoice.order, now)
    theirs = account(ready(world, vendor=world.globex.public_id), now)

    for named in (theirs.public_id, "bnk_x"):
        with pytest.raises(ValidationFailedError) as refused:
            decided(pay_invoice, invoice, world, bank_account=named)
        assert [fault.pointer for fault in refused.value.errors] == ["/bank_account"]


def test_payer_names_no_other_account_than_the_invoice(world: World, now: datetime) -> None:
    order = ready(world)
    said, other = account(order, now), account(order, now)
    invoice = invoiced(order, bank_account=said.public_id)
    decided(approve_invoice, invoice, world)

    with pytest.raises(ValidationFailedError):
        decided(pay_invoice, invoice, world, bank_account=other.public_id)

    paid = decided(pay_invoice, invoice, world, bank_account=said.public_id)
    assert (paid.paid_to, paid.bank_account) == (said, said)


def test_database_itself_refuses_a_sum_that_was_never_paid(invoice: Invoice) -> None:
    with pytest.raises(IntegrityError, match="procurement_invoice_payment"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(paid_total=1)
