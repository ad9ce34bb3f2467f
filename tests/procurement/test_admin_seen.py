"""Staff decide on what their page showed: a form of an earlier revision does nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from apps.identity.admin.seen import stale
from apps.procurement.models import MatchException, PurchaseOrder
from tests.factories.acts import opened, send
from tests.factories.fulfilment import received
from tests.factories.identity import staff_browser
from tests.factories.invoices import credited, disputed, invoiced, ready, taken
from tests.factories.procurement import actor_for, issued, proposed
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def browser() -> Browser:
    return staff_browser()


def told(answer: Any) -> list[str]:
    return [*answer.context["form"].non_field_errors()]


def test_invoice_credited_since_its_page_was_opened_is_not_approved(
    browser: Browser, world: World
) -> None:
    invoice = invoiced(ready(world))
    form = opened(browser, invoice, "approve")
    credited(invoice, taken("5"))

    answer = send(browser, invoice, "approve", form)

    invoice.refresh_from_db()
    assert invoice.status == "matched"
    assert answer.context["explanation"][0] == "Acme may be paid 79.69 EUR."
    assert told(answer) == [stale(invoice)]
    assert answer.context["form"]["reason"].value() == "Because"


def test_form_that_was_shown_again_is_for_what_it_shows_now(browser: Browser, world: World) -> None:
    invoice = invoiced(ready(world))
    form = opened(browser, invoice, "approve")
    credited(invoice, taken("5"))
    again = send(browser, invoice, "approve", form).context["form"]

    send(browser, invoice, "approve", {f.name: f.value() for f in again.hidden_fields()})

    invoice.refresh_from_db()
    assert invoice.status == "approved"


@pytest.mark.parametrize("name", ("hold", "release", "cancel", "close"))
def test_order_that_changed_since_stays_as_it_is(browser: Browser, world: World, name: str) -> None:
    order = issued(world)
    PurchaseOrder.objects.filter(pk=order.pk).update(buyer_hold=name == "release")
    form = opened(browser, order, name)
    PurchaseOrder.objects.filter(pk=order.pk).update(revision=order.revision + 1)

    answer = send(browser, order, name, form, hold="buyer_hold")

    order.refresh_from_db()
    assert (order.status, order.buyer_hold) == ("issued", name == "release")
    assert told(answer)[0].startswith(f"{order} has changed since")


@pytest.mark.parametrize("name", ("accept", "refuse"))
def test_exception_that_changed_since_stays_open(browser: Browser, world: World, name: str) -> None:
    exception = disputed(world).exceptions.get()
    form = opened(browser, exception, name)
    MatchException.objects.filter(pk=exception.pk).update(revision=exception.revision + 1)

    answer = send(browser, exception, name, form)

    exception.refresh_from_db()
    assert exception.resolution == ""
    assert told(answer)[0].startswith(f"{exception} has changed since")


def test_proposal_that_was_withdrawn_meanwhile_is_told_of(browser: Browser, world: World) -> None:
    change = proposed(issued(world), actor_for(world.acme, world.office))
    form = opened(browser, change, "accept")
    type(change).objects.filter(pk=change.pk).update(
        status="withdrawn",
        revision=2,
        decided_at=datetime.now(tz=UTC),
        decided_by_session=change.created_by_session,
    )

    answer = send(browser, change, "accept", form)

    assert answer.status_code == 302
    change.refresh_from_db()
    assert change.status == "withdrawn"


def test_receipt_whose_form_was_not_given_out_is_not_taken_back(
    browser: Browser, world: World
) -> None:
    receipt = received(issued(world))
    form = opened(browser, receipt, "reverse")

    forged = send(browser, receipt, "reverse", {**form, "precondition": f'"{receipt.public_id}.1"'})
    bare = send(browser, receipt, "reverse", {"once": form["once"]})

    wrong = "The form is not the one this page gave out. Look at the page again, then send it."
    assert [answer.context["form"].errors["precondition"] for answer in (forged, bare)] == [
        [wrong],
        [wrong],
    ]
    assert not type(receipt).objects.filter(reversal_of=receipt).exists()
