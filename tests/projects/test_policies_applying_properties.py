"""Whatever versions are written in whatever order: what binds is what a reader of the list by hand
would say, at every moment and for a session of any age.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from apps.projects.models import PolicyVersion
from apps.projects.selectors import policies_applying
from apps.projects.services import retire_policy
from tests.factories.policies import next_version, policy
from tests.factories.world import SETUP, World

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = some.integers(0, 9)


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def by_hand(versions: list[PolicyVersion], retired: int | None, moment: int) -> set[int]:
    """The version in effect: the latest that has begun, the last written of those."""
    if retired is not None and retired <= moment:
        return set()
    begun = [version for version in versions if version.effective_from <= hour(moment)]
    latest = max(begun, key=lambda one: (one.effective_from, one.version), default=None)
    return {latest.version} if latest else set()


@given(
    begins=some.lists(HOURS, min_size=1, max_size=6),
    retired=some.none() | HOURS,
    at=HOURS,
    granted=HOURS,
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_binds_is_what_is_in_effect_now_and_was_at_the_grant(
    world: World, begins: list[int], retired: int | None, at: int, granted: int
) -> None:
    with transaction.atomic():
        first = policy(world.buyer, at=hour(0), effective_from=hour(begins[0]), per_order_max=1)
        others = [
            next_version(first, at=hour(0), effective_from=hour(begin), per_order_max=2)
            for begin in begins[1:]
        ]
        if retired is not None:
            retire_policy(actor=SETUP, at=hour(retired), policy=first.policy, reason="over")

        found = policies_applying(
            project_id=world.office.pk,
            client_id="",
            partner_id=None,
            role="",
            at=hour(at),
            granted_at=hour(granted),
        )
        transaction.set_rollback(True)

    versions = [first, *others]
    assert [version.version for version in found] == sorted(
        by_hand(versions, retired, at)
        | by_hand(versions, retired, granted)
        # A minute before the grant is, by the hour, the hour before.
        | by_hand(versions, retired, granted - 1)
    )
