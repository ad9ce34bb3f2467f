"""Who acts is known from the token (reference 3e): a body may repeat it, and names nobody else."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.partners.models import BankAccountChange, Role
from apps.partners.rest.examples import CHANGE
from apps.procurement.models import Acknowledgement, CreditNote, PurchaseOrder, ShipmentNotice
from apps.procurement.rest.examples import ACKNOWLEDGEMENT
from apps.procurement.rest.invoice_examples import CREDIT
from tests.factories.fulfilment import SHIPMENTS, goods_of
from tests.factories.gateway import ORDERS, Caller, faults, new_key, problem
from tests.factories.invoices import INVOICES, TODAY, invoiced, ready
from tests.factories.partners import machine_caller
from tests.factories.procurement import buyer_caller, issued, order_payload, post_order
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
MISMATCH = (422, "principal-mismatch")
SCOPES = (
    "purchase_orders:read", "purchase_orders:acknowledge", "shipments:write", "invoices:submit",
    "vendors.banking:read", "vendors.banking:propose",
)  # fmt: skip
Post = Callable[[World, Caller, str], Any]


def ship(world: World, acme: Caller, vendor: str) -> Any:
    return acme.post(SHIPMENTS, goods_of(issued(world), vendor=vendor))


def acknowledge(world: World, acme: Caller, vendor: str) -> Any:
    path = f"{ORDERS}/{issued(world).public_id}/acknowledgements"
    return acme.post(path, {**ACKNOWLEDGEMENT, "vendor": vendor}, If_Match="*")


def credit(world: World, acme: Caller, vendor: str) -> Any:
    path = f"{INVOICES}/{invoiced(ready(world)).public_id}/credit-notes"
    body = {**CREDIT, "issue_date": TODAY.isoformat(), "vendor": vendor}
    return acme.post(path, body)


def change_account(world: World, acme: Caller, vendor: str) -> Any:
    path = f"/api/v1/vendors/{world.acme.public_id}/bank-account-changes"
    return acme.post(path, {**CHANGE, "vendor": vendor})


POSTS = (
    (ship, ShipmentNotice),
    (acknowledge, Acknowledgement),
    (credit, CreditNote),
    (change_account, BankAccountChange),
)


@pytest.fixture
def acme(world: World) -> Caller:
    return machine_caller(world.acme, Role.ADMIN, *SCOPES)


def denied() -> list[tuple[str, str]]:
    """Code and path of what the trail was told of."""
    events = Event.objects.filter(action=Action.REQUEST_DENIED).order_by("id")
    return [(event.data["code"], event.data["path"]) for event in events]


def named() -> list[dict[str, str]]:
    """What was named, which is for the buyer's side only."""
    events = Event.objects.filter(action=Action.REQUEST_DENIED).order_by("id")
    assert [event for event in events if "named" in event.data] == []
    return [event.private["named"] for event in events]


@pytest.mark.parametrize(("post", "made"), POSTS)
def test_vendor_may_say_that_it_is_itself(
    world: World, acme: Caller, post: Post, made: Any
) -> None:
    answer = post(world, acme, world.acme.public_id)

    assert answer.status_code == 201, answer.content
    assert made.objects.count() == 1


@pytest.mark.parametrize(("post", "made"), POSTS)
def test_document_in_another_vendors_name_is_refused_and_a_signal(
    world: World, acme: Caller, post: Post, made: Any
) -> None:
    answer = post(world, acme, world.globex.public_id)

    assert (problem(answer), faults(answer)) == (MISMATCH, [("/vendor", "principal-mismatch")])
    assert "Globex" not in answer.content.decode()
    assert made.objects.count() == 0
    assert denied() == [("principal-mismatch", answer.wsgi_request.path)]
    assert named() == [{"/vendor": world.globex.public_id}]


def test_batch_in_another_vendors_name_is_a_signal(world: World, acme: Caller) -> None:
    body = goods_of(issued(world), vendor=world.globex.public_id)
    items = [{"key": new_key(), "body": body}]

    answer = acme.post(
        "/api/v1/batches", {"type": "shipments.create", "atomic": True, "items": items}
    )

    assert [one["status"] for one in answer.json()["items"]] == [422]
    assert denied() == [("principal-mismatch", SHIPMENTS)]


def told(answer: Any) -> dict[str, Any]:
    """What a refusal says, apart from which request it answers."""
    return {
        name: said for name, said in answer.json().items() if name not in {"request_id", "instance"}
    }


def test_order_for_a_project_of_others_is_refused_as_for_none_at_all(world: World) -> None:
    erp, other = buyer_caller(world), project("OTHER", world.buyer)

    projects = (other.public_id, "prj_" + "0" * 26, "office")

    answers = [erp.post(ORDERS, order_payload(world, project=one)) for one in projects]

    assert [problem(answer) for answer in answers] == [MISMATCH] * 3
    assert [told(answer) for answer in answers[1:]] == [told(answers[0])] * 2
    assert denied() == [("principal-mismatch", ORDERS)] * 3
    assert named() == [{"/project": one} for one in projects]
    assert PurchaseOrder.objects.count() == 0


def test_draft_moved_to_a_project_of_others_is_a_signal(world: World) -> None:
    erp, other = buyer_caller(world), project("OTHER", world.buyer)
    draft = post_order(erp, world)

    answer = erp.patch(draft["Location"], {"project": other.public_id}, If_Match="*")

    assert (problem(answer), faults(answer)) == (MISMATCH, [("/project", "principal-mismatch")])
    assert denied() == [("principal-mismatch", draft["Location"])]


def test_draft_stays_in_its_project_whatever_else_is_the_sessions(world: World) -> None:
    other = project("OTHER", world.buyer, world.erp)
    erp = buyer_caller(world)
    draft = post_order(erp, world)

    answer = erp.patch(draft["Location"], {"project": other.public_id}, If_Match="*")

    assert (problem(answer), faults(answer)) == (
        (422, "validation-error"),
        [("/project", "fixed")],
    )
    assert denied() == []


def test_question_about_a_project_of_others_is_a_signal(world: World) -> None:
    other = project("OTHER", world.buyer)
    question = {"project": other.public_id, "currency": "EUR", "amount": "1.00"}

    answer = buyer_caller(world).post("/api/v1/purchasing-decisions", question)

    assert problem(answer) == MISMATCH
    assert denied() == [("principal-mismatch", "/api/v1/purchasing-decisions")]
