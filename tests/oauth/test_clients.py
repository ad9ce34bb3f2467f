"""What staff do to a client says why, and what a client is called fits its column."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.oauth.policy.registration import name_faults
from apps.oauth.services import end_client_sessions, resume_client, suspend_client
from tests.factories.oauth import machine
from tests.factories.world import SETUP, World


@pytest.mark.django_db
@pytest.mark.parametrize("act", (suspend_client, resume_client, end_client_sessions))
@pytest.mark.parametrize("reason", ("", " \n"))
def test_without_a_reason_nothing_happens(
    world: World, act: Callable[..., Any], reason: str
) -> None:
    client = machine(partner=world.acme).client
    if act is resume_client:
        suspend_client(actor=SETUP, at=datetime.now(tz=UTC), client=client, reason="a test")
    client.refresh_from_db()
    before, told = (client.status, client.not_before), Event.objects.count()

    with pytest.raises(ValidationFailedError) as refused:
        act(actor=SETUP, at=datetime.now(tz=UTC), client=client, reason=reason)

    client.refresh_from_db()
    assert [fault.pointer for fault in refused.value.errors] == ["/reason"]
    assert ((client.status, client.not_before), Event.objects.count()) == (before, told)


@pytest.mark.django_db
def test_a_reason_is_kept_without_the_space_around_it(world: World) -> None:
    client = machine(partner=world.acme).client

    suspend_client(actor=SETUP, at=datetime.now(tz=UTC), client=client, reason="  leaked\n")

    assert Event.objects.get(action="client.suspended").data["reason"] == "leaked"


@pytest.mark.parametrize(
    ("name", "codes"),
    (
        ("x", []),
        (f" {'ü' * 255} ", []),
        ("x" * 256, ["too-long"]),
        ("", ["required"]),
        (" ", ["required"]),
    ),
)
def test_name_of_a_client_has_1_to_255_characters(name: str, codes: list[str]) -> None:
    assert [fault.code for fault in name_faults(name)] == codes
