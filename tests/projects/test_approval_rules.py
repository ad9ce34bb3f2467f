"""Approval rules: added, found for a project, retired."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.projects.models import ApprovalRule
from apps.projects.selectors import approval_rules_by_project
from apps.projects.services import create_buyer_entity, retire_approval_rule
from tests.factories.policies import approval_rule
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db


def test_add_approval_rule_writes_it_with_one_event(world: World) -> None:
    made = approval_rule(
        world.buyer, name=" Large ", amount_from="50000", category=" it-1 ", min_approvers=2
    )

    made.refresh_from_db()
    assert (made.name, made.category, made.amount_from, made.split_days) == (
        "Large",
        "IT-1",
        Decimal(50000),
        7,
    )
    event = Event.objects.get(subject_id=made.public_id)
    assert (event.action, event.private["currency"]) == ("approval_rule.added", "EUR")
    assert (event.private["min_approvers"], event.private["reason"]) == (2, "test")


@pytest.mark.parametrize(
    ("said", "expected"),
    (
        ({"name": " "}, ["/name"]),
        ({"approver_role": "salesperson"}, ["/approver_role"]),
        ({"approver_role": "integration"}, ["/approver_role"]),
        ({"approver_role": "editor"}, ["/approver_role"]),
        ({"category": "4 3"}, ["/category"]),
        ({"amount_from": "0.001"}, ["/amount_from"]),
        ({"amount_from": "-1"}, ["/amount_from"]),
        ({"min_approvers": 0}, [""]),
        ({"min_approvers": 11}, [""]),
        ({"sequence": 0}, ["/sequence"]),
        ({"split_days": 367}, ["/split_days"]),
    ),
)
def test_add_approval_rule_with_bad_values_writes_nothing(
    world: World, said: dict[str, Any], expected: list[str]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        approval_rule(world.buyer, **said)

    assert [fault.pointer for fault in refused.value.errors] == expected
    assert ApprovalRule.objects.count() == 0


def test_approval_rules_for_a_project_are_its_own_and_everybodys(
    world: World, operator: Actor, at: datetime
) -> None:
    second = project("SECOND", world.buyer)
    other = create_buyer_entity(
        actor=operator, at=at, name="Sudwind", country="DE", base_currency="EUR"
    )
    late = approval_rule(world.buyer, name="Late", sequence=2)
    everybody = approval_rule(world.buyer, name="Everybody")
    own = approval_rule(world.buyer, name="Own", project=second)
    approval_rule(other, name="Elsewhere")
    gone = approval_rule(world.buyer, name="Gone")
    retire_approval_rule(actor=operator, at=at, rule=gone, reason="over")

    assert approval_rules_by_project(project_ids=[world.office.pk, second.pk]) == {
        world.office.pk: [everybody, late],
        second.pk: [everybody, own, late],
    }


@pytest.mark.parametrize(
    ("minutes", "counts"), ((-61, False), (-59, True), (-1, True), (0, True), (1, False))
)
def test_retired_rule_counts_for_whom_was_granted_while_it_stood(
    world: World, operator: Actor, at: datetime, minutes: int, *, counts: bool
) -> None:
    rule = approval_rule(world.buyer, at=at - timedelta(hours=1))
    retire_approval_rule(actor=operator, at=at, rule=rule, reason="over")
    granted = at + timedelta(minutes=minutes)

    found = approval_rules_by_project(project_ids=[world.office.pk], granted=[granted])

    assert found == {world.office.pk: [rule] if counts else []}


def test_rule_for_a_project_of_another_buyer_is_refused(world: World, at: datetime) -> None:
    other = create_buyer_entity(
        actor=SETUP, at=at, name="Sudwind", country="DE", base_currency="EUR"
    )

    with pytest.raises(ValidationFailedError) as refused:
        approval_rule(other, project=world.office)

    assert [fault.pointer for fault in refused.value.errors] == ["/project"]


def test_approval_rule_is_retired_once(world: World, operator: Actor, at: datetime) -> None:
    made = approval_rule(world.buyer)
    retire_approval_rule(actor=operator, at=at, rule=made, reason="over")

    with pytest.raises(InvalidTransitionError):
        retire_approval_rule(actor=operator, at=at, rule=made, reason="over")

    event = Event.objects.get(action="approval_rule.retired")
    assert event.private["reason"] == "over"


def test_retiring_a_rule_needs_a_reason(world: World, operator: Actor, at: datetime) -> None:
    made = approval_rule(world.buyer)

    with pytest.raises(ValidationFailedError):
        retire_approval_rule(actor=operator, at=at, rule=made, reason=" ")

    made.refresh_from_db()
    assert made.retired_at is None


@pytest.mark.parametrize(
    "change",
    (
        "UPDATE projects_approvalrule SET amount_from = 9",
        "DELETE FROM projects_approvalrule",
        "TRUNCATE projects_approvalrule CASCADE",
    ),
)
def test_database_refuses_to_rewrite_approval_rules(world: World, change: str) -> None:
    made = approval_rule(world.buyer, amount_from=1)

    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(change)

    assert ApprovalRule.objects.get().amount_from == made.amount_from
