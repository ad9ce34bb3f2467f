"""Answers that contradict themselves, and drafts that could never be invoiced."""

from datetime import date
from decimal import Decimal

import pytest

from apps.core.errors import ValidationFailedError
from apps.procurement.errors import UnitNotAllowedError
from apps.procurement.models import OrderChange
from apps.procurement.policy.drafts import AdjustmentDraft, Answer, LineAnswer
from apps.procurement.services import acknowledge_order
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    drafted,
    issued,
    line_draft,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ("3", "7"))
def test_acceptance_with_a_line_not_accepted_is_refused(world: World, code: str) -> None:
    line = LineAnswer(line_no=1, code=code)

    with pytest.raises(ValidationFailedError) as refused:
        answered(issued(world), actor_for(world.acme, world.office), "AP", lines=(line,))

    faults = [(fault.pointer, fault.code) for fault in refused.value.errors]
    assert faults == [("/lines/0/code", "not-accepting")]


@pytest.mark.parametrize("response", ("AP", "CA"))
def test_other_quantity_and_price_under_code_5_are_refused(world: World, response: str) -> None:
    line = LineAnswer(
        line_no=1, code="5", promised_quantity=Decimal(7), promised_price=Decimal("9.99")
    )

    with pytest.raises(ValidationFailedError) as refused:
        answered(issued(world), actor_for(world.acme, world.office), response, lines=(line,))

    faults = [(fault.pointer, fault.code) for fault in refused.value.errors]
    assert faults == [
        ("/lines/0/promised_quantity", "not-as-ordered"),
        ("/lines/0/promised_price", "not-as-ordered"),
    ]


@pytest.mark.parametrize("code", ("3", "5", "42"))
def test_rejection_that_accepts_a_line_is_refused(world: World, code: str) -> None:
    line = LineAnswer(line_no=1, code=code)

    with pytest.raises(ValidationFailedError) as refused:
        answered(issued(world), actor_for(world.acme, world.office), "RE", lines=(line,))

    faults = [(fault.pointer, fault.code) for fault in refused.value.errors]
    assert faults == [("/lines/0/code", "not-rejecting")]


@pytest.mark.parametrize(
    "line",
    (
        None,
        LineAnswer(line_no=1, code="5"),
        LineAnswer(line_no=1, code="3", promised_quantity=Decimal(120)),
    ),
)
def test_change_that_changes_nothing_is_refused(world: World, line: LineAnswer | None) -> None:
    order, acme = issued(world), actor_for(world.acme, world.office)

    with pytest.raises(ValidationFailedError) as refused:
        acknowledge_order(
            **asking(order, acme),
            answer=Answer(response="CA", lines=(line,) if line else (), reason="Later"),
        )

    assert [(f.pointer, f.code) for f in refused.value.errors] == [("/response", "nothing-changed")]
    assert OrderChange.objects.count() == 0


def test_change_of_the_day_alone_is_taken(world: World) -> None:
    line = LineAnswer(line_no=1, code="3", promised_date=date(2026, 12, 24))

    answer = answered(issued(world), actor_for(world.acme, world.office), "CA", lines=(line,))

    assert answer.change.diff == {"lines": [{"line_no": 1, "need_by": "2026-12-24"}]}


def test_acceptance_that_repeats_what_was_ordered_is_taken(world: World) -> None:
    order = issued(world)
    ordered = order.lines.get(line_no=1)
    line = LineAnswer(line_no=1, code="5", promised_quantity=ordered.quantity)

    answered(order, actor_for(world.acme, world.office), "AP", lines=(line,))

    order.refresh_from_db()
    assert order.status == "acknowledged"


def test_promised_half_of_a_piece_is_refused(world: World) -> None:
    line = LineAnswer(line_no=1, code="3", promised_quantity=Decimal("5.5"))

    with pytest.raises(UnitNotAllowedError):
        answered(issued(world), actor_for(world.acme, world.office), "CA", lines=(line,))


def test_line_that_takes_away_is_not_ordered(world: World) -> None:
    off = AdjustmentDraft(reason="Rebate", amount=Decimal(9999))
    lines = (line_draft(allowances=(off,)), line_draft(line_no=2, quantity=Decimal(9999)))

    with pytest.raises(ValidationFailedError) as refused:
        drafted(world, lines=lines)

    faults = [(fault.pointer, fault.code) for fault in refused.value.errors]
    assert faults == [("/lines/0", "negative-total")]
