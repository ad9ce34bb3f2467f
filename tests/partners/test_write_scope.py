"""A scope to write does not read: what the token may not read is not in the answer to a write."""

import pytest

from apps.audit.models import Event
from apps.partners.models import BankAccountChange, Role
from apps.partners.rest.examples import CHANGE
from tests.factories.partners import machine_caller, proposed
from tests.factories.world import World
from tests.partners.test_parts_api import Kind, every_kind
from tests.partners.test_vendor_api import path_of

pytestmark = pytest.mark.django_db

READ, PROPOSE = "vendors.banking:read", "vendors.banking:propose"


@every_kind
def test_a_write_scope_reads_no_part(world: World, kind: Kind) -> None:
    part = kind.make(world.acme)
    part_id = part.public_id
    writer = machine_caller(world.acme, Role.ADMIN, f"{kind.scope}:write")
    place = path_of(world.acme, kind.place)

    untouched = writer.patch(f"{place}/{part_id}", {}, if_match="*")
    part.delete()
    added = writer.post(place, kind.body)

    hidden = {"revision": 1, "_redacted": [kind.group]}
    assert untouched.json() == {"id": part_id, **hidden}
    assert {**added.json(), "id": ""} == {"id": "", **hidden}


@every_kind
def test_a_write_by_who_also_reads_shows_what_was_written(world: World, kind: Kind) -> None:
    part = kind.make(world.acme)
    scopes = (f"{kind.scope}:write", f"{kind.scope}:read")
    place = path_of(world.acme, kind.place, part.public_id)

    shown = machine_caller(world.acme, Role.ADMIN, *scopes).patch(place, kind.change, if_match="*")

    expected = {**kind.body, **kind.change}
    assert {name: shown.json()[name] for name in expected} == expected


def test_a_proposer_without_the_read_scope_reads_no_change(world: World) -> None:
    writer = machine_caller(world.acme, Role.ADMIN, PROPOSE)
    place = path_of(world.acme, "bank-account-changes")

    posted = writer.post(place, CHANGE)
    change = BankAccountChange.objects.get()
    taken = writer.post(f"{place}/{change.public_id}/withdraw", {}, if_match="*")

    hidden = {"id": change.public_id, "_redacted": ["banking"]}
    assert (posted.status_code, posted.json()) == (201, {**hidden, "revision": 1})
    assert (taken.status_code, taken.json()) == (200, {**hidden, "revision": 2})
    assert not Event.objects.filter(action="partner.restricted_read").exists()


def test_a_change_shown_to_its_writer_is_a_restricted_read(world: World) -> None:
    change = proposed(world.acme)
    writer = machine_caller(world.acme, Role.ADMIN, PROPOSE, READ)

    place = path_of(world.acme, "bank-account-changes", change.public_id, "withdraw")
    shown = writer.post(place, {}, if_match="*").json()

    assert (shown["status"], shown["number"]) == ("withdrawn", "****3000")
    event = Event.objects.get(action="partner.restricted_read")
    assert event.data["groups"] == ["banking"]
