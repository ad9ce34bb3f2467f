"""What the database itself refuses, whoever asks."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.procurement.models import (
    Acknowledgement,
    AcknowledgementLine,
    OrderAdjustment,
    OrderRevision,
    PurchaseOrder,
    PurchaseOrderLine,
)
from apps.procurement.policy.drafts import AdjustmentDraft, Answer, LineAnswer, Tax
from apps.procurement.services import acknowledge_order
from tests.factories.procurement import ANY_REVISION, actor_for, drafted, issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def broken(statement: str, *values: object) -> str:
    """The constraint that refuses the statement."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        connection.cursor().execute(statement, values)
    return str(refused.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    (
        ("quantity", Decimal(0), "procurement_line_quantity"),
        ("quantity", Decimal(-1), "procurement_line_quantity"),
        ("unit_price", Decimal(-1), "procurement_line_price"),
        ("price_base_quantity", Decimal(0), "procurement_line_base_quantity"),
        ("tax_rate", Decimal("100.01"), "procurement_line_tax_rate"),
        ("line_no", 0, "procurement_line_no_positive"),
    ),
)
def test_line_out_of_its_bounds_is_refused(
    world: World, column: str, value: Any, constraint: str
) -> None:
    drafted(world)

    assert broken(f"UPDATE procurement_purchaseorderline SET {column} = %s", value) == constraint  # noqa: S608 -- a column of the table above


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    (
        ("status", "shipped", "procurement_order_status"),
        ("currency", "eur", "procurement_order_currency"),
        ("currency", "EU", "procurement_order_currency"),
        ("revision", 0, "procurement_order_revision"),
        ("tax_inclusive", Decimal(-1), "procurement_order_totals"),
    ),
)
def test_order_out_of_its_bounds_is_refused(
    world: World, column: str, value: Any, constraint: str
) -> None:
    drafted(world)

    assert broken(f"UPDATE procurement_purchaseorder SET {column} = %s", value) == constraint  # noqa: S608 -- a column of the table above


def test_order_number_is_taken_once_per_buyer_entity(world: World) -> None:
    first, _second = drafted(world), drafted(world)

    statement = "UPDATE procurement_purchaseorder SET number = %s"

    assert broken(statement, first.number) == "procurement_order_number"


def test_line_number_is_taken_once_per_order(world: World) -> None:
    line = PurchaseOrderLine.objects.get(order=drafted(world))
    line.pk = None

    with pytest.raises(IntegrityError, match="procurement_line_no"), transaction.atomic():
        line.save(force_insert=True)


def test_adjustment_below_nothing_is_refused(world: World) -> None:
    tax = Tax("S", Decimal(25))
    drafted(world, allowances=(AdjustmentDraft(reason="r", amount=Decimal(1), tax=tax),))

    refused = broken("UPDATE procurement_orderadjustment SET amount = -1")

    assert refused == "procurement_adjustment_amount"


def test_adjustment_of_the_order_without_tax_is_refused(world: World) -> None:
    order = drafted(world)

    with pytest.raises(IntegrityError, match="procurement_adjustment_tax"), transaction.atomic():
        OrderAdjustment.objects.create(order=order, kind="charge", reason="r", amount=1)


@pytest.fixture
def evidence(world: World, at: datetime) -> PurchaseOrder:
    """An order with revisions and an answer to a line."""
    order = issued(world)
    acknowledge_order(
        actor=actor_for(world.acme, world.office),
        at=at,
        order_id=order.public_id,
        answer=Answer(response="AP", lines=(LineAnswer(line_no=1, code="5"),)),
        precondition=ANY_REVISION,
    )
    return order


@pytest.mark.parametrize("model", (OrderRevision, Acknowledgement, AcknowledgementLine))
@pytest.mark.parametrize(
    "statement",
    ("UPDATE {table} SET id = id", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"),
)
@pytest.mark.usefixtures("evidence")
def test_evidence_is_written_once(model: Any, statement: str) -> None:
    table = model._meta.db_table  # noqa: SLF001 -- Django's documented name
    kept = model.objects.count()
    assert kept > 0
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")  # As at the end of a request.

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement.format(table=table))

    assert model.objects.count() == kept


@pytest.mark.parametrize("model", (OrderRevision, Acknowledgement, AcknowledgementLine))
@pytest.mark.usefixtures("evidence")
def test_evidence_is_refused_by_the_models_already(model: Any) -> None:
    row = model.objects.first()

    with pytest.raises(TypeError, match="append-only"):
        row.save()
    with pytest.raises(TypeError, match="append-only"):
        row.delete()
