"""Purchasing policies: written once, numbered, changed by a further version, retired."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import ConflictError, InvalidTransitionError, ValidationFailedError
from apps.projects.models import PolicyVersion, PurchasingPolicy
from apps.projects.policy import terms_of
from apps.projects.services import (
    add_policy,
    add_policy_version,
    create_buyer_entity,
    retire_policy,
)
from tests.factories.policies import next_version, policy, terms
from tests.factories.threads import at_once
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)


def pointers(refused: pytest.ExceptionInfo[ValidationFailedError]) -> list[str]:
    return [fault.pointer for fault in refused.value.errors]


def test_add_policy_writes_its_first_version_with_one_event(
    world: World, operator: Actor, at: datetime
) -> None:
    made = add_policy(
        actor=operator,
        at=at,
        buyer_entity=world.buyer,
        name=" Machines ",
        terms=terms(
            categories_allowed=("4321", "4321 "),
            currencies=("eur",),
            per_order_max="100.50",
            requires_contract=True,
        ),
        reason=" Budget 2027 ",
        client_id="erp",
        project=world.office,
    )

    made.refresh_from_db()
    assert (made.version, made.effective_from, made.reason) == (1, at, "Budget 2027")
    assert (made.policy.name, made.created_by) == ("Machines", operator.id)
    assert terms_of(made) == terms(
        categories_allowed=("4321",),
        currencies=("EUR",),
        per_order_max="100.50",
        requires_contract=True,
    )
    event = Event.objects.get(subject_id=made.policy.public_id)
    assert (event.action, event.subject_label) == ("purchasing_policy.created", "Machines")
    assert event.data == {
        "version": 1,
        "version_id": made.public_id,
        "effective_from": at.isoformat(),
    }
    assert {key: event.private[key] for key in ("reason", "for", "says")} == {
        "reason": "Budget 2027",
        "for": {
            "buyer_entity": world.buyer.public_id,
            "client_id": "erp",
            "project": world.office.public_id,
        },
        "says": {
            "currency": "EUR",
            "categories_allowed": ["4321"],
            "currencies": ["EUR"],
            "per_order_max": "100.50",
            "requires_contract": True,
        },
    }


def test_versions_are_numbered_over_all_policies(world: World) -> None:
    first = policy(world.buyer, per_order_max=1)
    other = policy(world.buyer, name="Other", per_order_max=1)
    second = next_version(first, per_order_max=2)

    assert [first.version, other.version, second.version] == [1, 2, 3]
    assert [
        event.data["version"] for event in Event.objects.filter(action="purchasing_policy.changed")
    ] == [3]


@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"name": " "}, ["/name"]),
        ({"role": "salesperson"}, ["/role"]),
        ({"role": "emperor"}, ["/role"]),
        ({"reason": " "}, ["/reason"]),
        ({"terms": terms(per_order_max="0.001")}, ["/per_order_max"]),
    ),
)
def test_add_policy_with_bad_values_writes_nothing(
    world: World, operator: Actor, at: datetime, changes: dict[str, Any], expected: list[str]
) -> None:
    given = {"name": "P", "terms": terms(per_order_max=1), "reason": "test", **changes}

    with pytest.raises(ValidationFailedError) as refused:
        add_policy(actor=operator, at=at, buyer_entity=world.buyer, **given)

    assert pointers(refused) == expected
    assert (PurchasingPolicy.objects.count(), PolicyVersion.objects.count()) == (0, 0)
    assert not Event.objects.filter(action__startswith="purchasing_policy").exists()


def test_policy_for_a_vendor_is_refused(world: World) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        policy(world.buyer, partner=world.acme, per_order_max=1)

    assert pointers(refused) == ["/partner"]


def test_policy_for_a_project_of_another_buyer_is_refused(world: World, at: datetime) -> None:
    other = create_buyer_entity(
        actor=SETUP, at=at, name="Sudwind", country="DE", base_currency="EUR"
    )

    with pytest.raises(ValidationFailedError) as refused:
        policy(world.buyer, project=project("SOUTH", other), per_order_max=1)

    assert pointers(refused) == ["/project"]


def test_policy_of_a_known_name_is_refused(world: World) -> None:
    policy(world.buyer, per_order_max=1)

    with pytest.raises(ValidationFailedError):
        policy(world.buyer, per_order_max=2)

    assert PolicyVersion.objects.count() == 1


def test_policy_naming_a_vendor_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        policy(world.buyer, vendors=(world.acme.pk, world.erp.pk))

    assert pointers(refused) == ["/vendors"]


def test_version_begins_now_or_later_never_before(world: World, at: datetime) -> None:
    first = policy(world.buyer, at=at, per_order_max=1)

    with pytest.raises(ValidationFailedError) as refused:
        next_version(first, at=at, effective_from=at - MOMENT, per_order_max=2)

    assert pointers(refused) == ["/effective_from"]
    later = next_version(first, at=at, effective_from=at + MOMENT, per_order_max=2)
    assert later.effective_from == at + MOMENT


def test_version_in_another_currency_is_refused(world: World) -> None:
    first = policy(world.buyer, per_order_max=1)

    with pytest.raises(ValidationFailedError) as refused:
        next_version(first, currency="SEK", per_order_max=1)

    assert pointers(refused) == ["/currency"]
    assert next_version(first, currency="eur", per_order_max=2).version == 2


def test_version_based_on_one_that_is_no_more_the_latest_is_refused(
    world: World, operator: Actor, at: datetime
) -> None:
    first = policy(world.buyer, at=at, per_order_max=1)
    given = {"policy": first.policy, "reason": "test", "based_on": first.version}
    add_policy_version(actor=operator, at=at, terms=terms(per_order_max=2), **given)

    with pytest.raises(ConflictError) as refused:
        add_policy_version(actor=operator, at=at, terms=terms(per_order_max=3), **given)

    assert "Version 2 was written meanwhile." in str(refused.value)
    assert PolicyVersion.objects.count() == 2


def test_retired_policy_takes_no_version_and_is_not_retired_again(
    world: World, operator: Actor, at: datetime
) -> None:
    first = policy(world.buyer, at=at, per_order_max=1)
    retire_policy(actor=operator, at=at, policy=first.policy, reason=" over ")

    with pytest.raises(InvalidTransitionError):
        next_version(first, per_order_max=2)
    with pytest.raises(InvalidTransitionError):
        retire_policy(actor=operator, at=at, policy=first.policy, reason="again")

    event = Event.objects.get(action="purchasing_policy.retired")
    assert event.private["reason"] == "over"
    first.policy.refresh_from_db()
    assert first.policy.retired_at == at


@pytest.mark.parametrize(
    "change",
    (
        "UPDATE projects_policyversion SET per_order_max = 9",
        "DELETE FROM projects_policyversion",
        "TRUNCATE projects_policyversion CASCADE",
        "UPDATE projects_purchasingpolicy SET client_id = 'nobody'",
        "UPDATE projects_purchasingpolicy SET retired_at = now(), role = 'viewer'",
        "DELETE FROM projects_purchasingpolicy",
        "TRUNCATE projects_purchasingpolicy CASCADE",
    ),
)
def test_database_refuses_to_rewrite_policies(world: World, change: str) -> None:
    policy(world.buyer, per_order_max=1)

    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(change)

    assert PolicyVersion.objects.get().per_order_max == Decimal(1)


def test_database_refuses_to_retire_a_policy_twice(world: World, at: datetime) -> None:
    first = policy(world.buyer, at=at, per_order_max=1)
    retire_policy(actor=SETUP, at=at, policy=first.policy, reason="over")

    for moment in (None, at + MOMENT):
        with pytest.raises(DatabaseError), transaction.atomic():
            PurchasingPolicy.objects.update(retired_at=moment)


@pytest.mark.django_db(transaction=True)
def test_versions_written_at_once_take_different_numbers(world: World) -> None:
    policies = [policy(world.buyer, name=f"P{n}", per_order_max=1) for n in range(4)]

    at_once(*(lambda one=one: next_version(one, per_order_max=2) for one in policies))

    numbers = PolicyVersion.objects.order_by("version").values_list("version", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_of_one_version_one_is_told(
    world: World, operator: Actor, at: datetime
) -> None:
    first = policy(world.buyer, at=at, per_order_max=1)

    def edit() -> str:
        try:
            add_policy_version(
                actor=operator,
                at=at,
                policy=first.policy,
                terms=terms(per_order_max=2),
                reason="test",
                based_on=first.version,
            )
        except ConflictError:
            return "told"
        return "written"

    assert sorted(at_once(edit, edit, edit)) == ["told", "told", "written"]
