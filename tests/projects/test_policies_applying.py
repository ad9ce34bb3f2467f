"""Which versions bind whom: what is tightened counts at once, what is loosened not for who holds
a token already.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.partners.models import Role
from apps.projects.models import Project
from apps.projects.selectors import (
    newest_policy_version,
    policies_applying,
    policies_by_project,
    version_in_effect,
)
from apps.projects.services import create_buyer_entity, retire_policy
from tests.factories.policies import next_version, policy
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
NOBODY: dict[str, Any] = {"client_id": "", "partner_id": None, "role": ""}


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def binding(where: Project, *, at: int = 0, granted: int | None = None, **who: Any) -> list[str]:
    """The policies that bind, each by its name and the reach of its version."""
    found = policies_applying(
        project_id=where.pk,
        at=hour(at),
        granted_at=None if granted is None else hour(granted),
        **{**NOBODY, **who},
    )
    return [f"{version.policy.name} {version.per_order_max:.0f}" for version in found]


def test_policy_of_the_buyer_binds_everybody_in_its_projects(world: World) -> None:
    policy(world.buyer, at=hour(0), per_order_max=10)

    assert binding(world.office) == ["Everybody 10"]
    assert binding(world.office, client_id="erp", role=Role.INTEGRATION) == ["Everybody 10"]


def test_policy_of_another_buyer_binds_nobody_here(world: World) -> None:
    other = create_buyer_entity(
        actor=SETUP, at=START, name="Sudwind", country="DE", base_currency="EUR"
    )
    policy(other, at=hour(0), per_order_max=10)

    assert binding(world.office) == []
    assert binding(project("SOUTH", other)) == ["Everybody 10"]


def test_policy_binds_whom_all_that_it_names_fits(world: World) -> None:
    second = project("SECOND", world.buyer)
    named = {"client_id": "erp", "partner": world.erp, "role": "editor", "project": world.office}
    for name, value in named.items():
        policy(world.buyer, name=name, at=hour(0), per_order_max=1, **{name: value})
    policy(world.buyer, name="all four", at=hour(0), per_order_max=1, **named)
    fits = {"client_id": "erp", "partner_id": world.erp.pk, "role": "editor"}

    assert binding(second) == []
    assert binding(world.office) == ["project 1"]
    assert binding(second, **fits) == ["client_id 1", "partner 1", "role 1"]
    assert binding(world.office, **fits) == [*(f"{name} 1" for name in named), "all four 1"]
    assert binding(world.office, **{**fits, "role": "viewer"}) == [
        "client_id 1", "partner 1", "project 1",
    ]  # fmt: skip


def test_version_begins_at_its_moment(world: World) -> None:
    first = policy(world.buyer, at=hour(0), effective_from=hour(1), per_order_max=10)
    next_version(first, at=hour(0), effective_from=hour(2), per_order_max=20)

    assert [binding(world.office, at=at) for at in range(4)] == [
        [],
        ["Everybody 10"],
        ["Everybody 20"],
        ["Everybody 20"],
    ]


def test_of_versions_that_begin_at_once_the_last_written_counts(world: World) -> None:
    first = policy(world.buyer, at=hour(0), per_order_max=10)
    next_version(first, at=hour(0), per_order_max=20)

    assert binding(world.office) == ["Everybody 20"]


def test_tightened_policy_binds_sessions_granted_before(world: World) -> None:
    first = policy(world.buyer, at=hour(0), per_order_max=20)
    next_version(first, at=hour(2), per_order_max=10)

    assert binding(world.office, at=3, granted=1) == ["Everybody 20", "Everybody 10"]
    assert binding(world.office, at=3, granted=3) == ["Everybody 10"]


def test_loosened_policy_still_binds_sessions_granted_before_as_it_did(world: World) -> None:
    first = policy(world.buyer, at=hour(0), per_order_max=10)
    next_version(first, at=hour(1), per_order_max=5)
    next_version(first, at=hour(2), per_order_max=20)

    assert binding(world.office, at=3, granted=0) == ["Everybody 10", "Everybody 20"]
    assert binding(world.office, at=4, granted=2) == ["Everybody 5", "Everybody 20"]
    assert binding(world.office, at=4, granted=3) == ["Everybody 20"]


@pytest.mark.parametrize(("seconds", "old"), ((-1, True), (0, True), (59, True), (60, False)))
def test_session_granted_while_a_version_is_written_keeps_what_stood_before(
    world: World, seconds: int, *, old: bool
) -> None:
    first = policy(world.buyer, at=hour(0), per_order_max=10)
    next_version(first, at=hour(2), per_order_max=20)
    retired = policy(world.buyer, name="Retired", at=hour(0), per_order_max=5)
    retire_policy(actor=SETUP, at=hour(2), policy=retired.policy, reason="over")

    found = policies_applying(
        project_id=world.office.pk,
        at=hour(4),
        granted_at=hour(2) + timedelta(seconds=seconds),
        **NOBODY,
    )

    assert [int(version.per_order_max or 0) for version in found] == ([10, 20, 5] if old else [20])


def test_policy_added_after_the_grant_binds_at_once(world: World) -> None:
    policy(world.buyer, at=hour(2), per_order_max=10)

    assert binding(world.office, at=2, granted=1) == ["Everybody 10"]


def test_retired_policy_binds_sessions_granted_before_only(world: World) -> None:
    first = policy(world.buyer, at=hour(0), per_order_max=10)
    retire_policy(actor=SETUP, at=hour(2), policy=first.policy, reason="over")

    assert binding(world.office, at=3, granted=1) == ["Everybody 10"]
    assert binding(world.office, at=3, granted=3) == []
    assert binding(world.office, at=1) == ["Everybody 10"]


def test_policies_of_several_projects_are_one_statement(world: World) -> None:
    second = project("SECOND", world.buyer)
    everybody = policy(world.buyer, at=hour(0), per_order_max=10)
    own = policy(world.buyer, name="Own", at=hour(0), per_order_max=5, project=second)
    unknown = uuid.uuid4()
    asked = {"project_ids": [world.office.pk, second.pk, unknown], "at": hour(1), **NOBODY}

    with CaptureQueriesContext(connection) as statements:
        found = policies_by_project(**asked)
        names = {version.policy.name for version in found[second.pk]}

    assert len(statements) == 1
    assert found == {world.office.pk: [everybody], second.pk: [everybody, own], unknown: []}
    assert names == {"Everybody", "Own"}


def test_versions_are_read_as_they_were_written(world: World) -> None:
    written = policy(
        world.buyer,
        at=hour(0),
        categories_allowed=("43", "44"),
        vendors=(world.acme.pk,),
        currencies=("SEK", "EUR"),
        ship_to=("SE-11",),
        per_period_max="12.50",
        period_days=30,
        project=world.office,
    )

    read = policies_applying(project_id=world.office.pk, at=hour(0), **NOBODY)[0]

    written.refresh_from_db()
    columns = [field.attname for field in written._meta.concrete_fields]  # noqa: SLF001 -- Django's documented name
    assert {name: getattr(read, name) for name in columns} == {
        name: getattr(written, name) for name in columns
    }
    assert (read.policy, read.policy.project_id) == (written.policy, world.office.pk)


def test_newest_policy_version_counts_what_has_begun(world: World) -> None:
    first = policy(world.buyer, at=hour(0), per_order_max=10)
    next_version(first, at=hour(0), effective_from=hour(5), per_order_max=20)
    other = policy(world.buyer, name="Other", at=hour(2), per_order_max=1)

    numbers = [newest_policy_version(at=hour(at)) for at in (-1, 1, 2, 5)]

    assert numbers == [None, first.version, other.version, other.version]


def test_version_in_effect_is_none_before_and_after(world: World) -> None:
    first = policy(world.buyer, at=hour(0), effective_from=hour(1), per_order_max=10)
    retire_policy(actor=SETUP, at=hour(3), policy=first.policy, reason="over")
    first.policy.refresh_from_db()

    found = [version_in_effect(first.policy, at=hour(at)) for at in range(4)]

    assert found == [None, first, first, None]
