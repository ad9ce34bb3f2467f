"""Contacts, addresses and tax registrations over HTTP: each kind added, read, changed, removed."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.partners.models import (
    ClaimRule,
    Part,
    PartnerAddress,
    PartnerContact,
    PartnerTaxRegistration,
    Role,
)
from apps.partners.services.parts import MOST
from tests.factories.gateway import Caller, faults, problem
from tests.factories.oauth import access_token, machine
from tests.factories.partners import ADDRESS, CONTACT, TAX, address, contact, tax_registration
from tests.factories.world import World
from tests.partners.test_vendor_api import path_of

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Kind:
    """One kind: its address, scope, group, a good body, a change of it, and how one is made."""

    place: str
    scope: str
    group: str
    model: type[Part]
    body: dict[str, Any]
    change: dict[str, Any]
    make: Any
    event: str


KINDS = (
    Kind(
        "contacts", "vendors.contacts", "contacts", PartnerContact, CONTACT,
        {"phone": "+47 1"}, contact, "partner_contact",
    ),
    Kind(
        "addresses", "vendors.address", "address", PartnerAddress, ADDRESS,
        {"city": "Bergen"}, address, "partner_address",
    ),
    Kind(
        "tax-registrations", "vendors.tax", "tax", PartnerTaxRegistration, TAX,
        {"valid_until": "2027-12-31"}, tax_registration, "partner_tax",
    ),
)  # fmt: skip
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.group for kind in KINDS])


def caller(world: World, kind: Kind, role: Role = Role.ADMIN, **more: Any) -> Caller:
    scopes = [f"{kind.scope}:read", f"{kind.scope}:write"]
    vendor = more.get("vendor", world.acme)
    return Caller(access_token(machine(partner=vendor, scopes=scopes, role=role)))


@every_kind
def test_one_is_added_read_changed_and_removed(world: World, kind: Kind) -> None:
    acme, place = caller(world, kind), path_of(world.acme, kind.place)

    added = acme.post(place, kind.body)
    found = acme.get(added["Location"])
    changed = acme.patch(added["Location"], kind.change, if_match=found["ETag"])
    listed = acme.get(place).json()["data"]
    removed = acme.delete(added["Location"], if_match=changed["ETag"])

    assert (added.status_code, found.status_code, changed.status_code) == (201, 200, 200)
    assert added.json() == found.json()
    assert {name: found.json()[name] for name in kind.body} == kind.body
    assert listed == [changed.json()]
    assert {name: changed.json()[name] for name in kind.change} == kind.change
    assert changed.json()["revision"] == 2
    assert removed.status_code == 204
    assert problem(acme.get(added["Location"])) == (404, "not-found")
    said = list(Event.objects.filter(action__startswith=kind.event).order_by("pk"))
    assert [event.action.partition(".")[2] for event in said] == ["added", "changed", "removed"]
    assert said[1].data["fields"] == list(kind.change)
    assert all(event.session_id for event in said)
    assert said[0].data["scopes_exercised"] == [f"{kind.scope}:write", f"{kind.scope}:read"]


@every_kind
def test_what_stands_in_it_never_stands_in_the_trail(world: World, kind: Kind) -> None:
    caller(world, kind).post(path_of(world.acme, kind.place), kind.body)

    event = Event.objects.get(action=f"{kind.event}.added")
    texts = [text for text in kind.body.values() if isinstance(text, str) and len(text) > 5]
    assert [text for text in texts if text in f"{event.data} {event.private}"] == []


@every_kind
def test_adding_twice_with_one_key_adds_once(world: World, kind: Kind) -> None:
    acme, place = caller(world, kind), path_of(world.acme, kind.place)

    first = acme.post(place, kind.body, idempotency_key="k1")
    again = acme.post(place, kind.body, idempotency_key="k1")

    assert first.json() == again.json()
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert kind.model._default_manager.count() == 1  # noqa: SLF001 -- Django's documented name


@every_kind
def test_part_is_sent_whatever_was_seen_of_it(world: World, kind: Kind) -> None:
    part, acme = kind.make(world.acme), caller(world, kind)
    place = path_of(world.acme, kind.place, part.public_id)
    tag = acme.get(place)["ETag"]
    (name,) = kind.change
    shown = [field for field in kind.body if field != name]
    ClaimRule.objects.filter(role=Role.ADMIN, group=kind.group).update(fields=shown)
    headers = {**acme.credentials("GET", place), "If-None-Match": tag}

    answer = Browser().get(place, headers=headers)

    assert (answer.status_code, answer["ETag"], name in answer.json()) == (200, tag, False)


@every_kind
def test_another_vendors_is_neither_read_nor_changed_nor_removed(world: World, kind: Kind) -> None:
    part, globex = kind.make(world.acme), caller(world, kind, vendor=world.globex)

    for vendor in (world.acme, world.globex):
        place = path_of(vendor, kind.place, part.public_id)
        assert problem(globex.get(place)) == (404, "not-found")
        assert problem(globex.patch(place, kind.change, if_match="*")) == (404, "not-found")
        assert problem(globex.delete(place, if_match="*")) == (404, "not-found")
    assert problem(globex.post(path_of(world.acme, kind.place), kind.body)) == (404, "not-found")
    part.refresh_from_db()
    assert part.revision == 1


@every_kind
def test_a_role_that_does_not_see_the_group_touches_nothing_of_it(world: World, kind: Kind) -> None:
    part = kind.make(world.acme)
    ClaimRule.objects.filter(role=Role.ADMIN, group=kind.group).delete()
    acme, place = caller(world, kind), path_of(world.acme, kind.place)
    one = f"{place}/{part.public_id}"

    answers = [
        acme.get(place),
        acme.get(one),
        acme.post(place, kind.body),
        acme.patch(one, kind.change, if_match="*"),
        acme.delete(one, if_match="*"),
    ]

    assert [problem(answer) for answer in answers] == [(403, "claim-not-permitted")] * 5


@every_kind
def test_a_field_its_rule_leaves_out_is_not_written(world: World, kind: Kind) -> None:
    part = kind.make(world.acme)
    (name,) = kind.change
    shown = [field for field in kind.body if field != name]
    ClaimRule.objects.filter(role=Role.ADMIN, group=kind.group).update(fields=shown)
    place = path_of(world.acme, kind.place, part.public_id)

    answer = caller(world, kind).patch(place, kind.change, if_match="*")

    assert problem(answer) == (403, "claim-not-permitted")
    assert faults(answer) == [(f"/{name}", "claim-not-permitted")]


@every_kind
def test_reading_alone_writes_nothing(world: World, kind: Kind) -> None:
    new = machine(partner=world.acme, scopes=[f"{kind.scope}:read"], role=Role.ADMIN)
    acme = Caller(access_token(new))

    answer = acme.post(path_of(world.acme, kind.place), kind.body)

    assert problem(answer) == (403, "insufficient-scope")


@every_kind
def test_a_change_says_what_it_has_seen(world: World, kind: Kind) -> None:
    part, acme = kind.make(world.acme), caller(world, kind)
    place, stale = path_of(world.acme, kind.place, part.public_id), f'"{part.public_id}.9"'

    assert problem(acme.patch(place, kind.change)) == (428, "precondition-required")
    assert problem(acme.delete(place, if_match=stale)) == (412, "revision-stale")


@every_kind
@pytest.mark.parametrize("several", (1, 3))
def test_a_list_takes_as_many_queries_for_three(world: World, kind: Kind, several: int) -> None:
    for number in range(several):
        different = {
            "contacts": {"email": f"{number}@acme.example"},
            "tax": {"scheme": f"S{number}"},
        }
        kind.make(world.acme, **different.get(kind.group, {}))
    acme = caller(world, kind)

    with CaptureQueriesContext(connection) as captured:
        answer = acme.get(path_of(world.acme, kind.place))

    assert len(answer.json()["data"]) == several
    assert len(captured) == 4  # The token, the vendor, the rules, the rows.


@pytest.mark.parametrize(
    ("place", "body", "pointers"),
    (
        ("addresses", {**ADDRESS, "country": "ZZ"}, ["/country"]),
        ("addresses", {**ADDRESS, "country": "no"}, ["/country"]),
        ("addresses", {**ADDRESS, "lines": []}, ["/lines"]),
        ("addresses", {**ADDRESS, "kind": "secret"}, ["/kind"]),
        ("contacts", {**CONTACT, "email": "not an address"}, ["/email"]),
        ("tax-registrations", {**TAX, "tax_id": "DE136695977"}, ["/tax_id"]),
        ("tax-registrations", {**TAX, "tax_id": "1"}, ["/tax_id"]),
        ("tax-registrations", {**TAX, "valid_until": "tomorrow"}, ["/valid_until"]),
    ),
)
def test_bad_values_are_pointed_at(
    world: World, place: str, body: dict[str, Any], pointers: list[str]
) -> None:
    kind = next(one for one in KINDS if one.place == place)

    answer = caller(world, kind).post(path_of(world.acme, place), body)

    assert problem(answer) == (422, "validation-error")
    assert sorted({pointer for pointer, _ in faults(answer)}) == pointers


@pytest.mark.parametrize(
    "changes",
    (
        {"tax_id": "136695976"},
        {"country": "GR", "tax_id": "EL094259216"},
        {"country": "US", "scheme": "EIN", "tax_id": "anything"},
        {"country": "NO", "tax_id": "NO 991 825 827 MVA"},
    ),
)
def test_good_tax_numbers_are_taken(world: World, changes: dict[str, Any]) -> None:
    answer = caller(world, KINDS[2]).post(
        path_of(world.acme, "tax-registrations"), {**TAX, **changes}
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("index", (0, 2))
def test_the_same_twice_is_refused(world: World, index: int) -> None:
    kind = KINDS[index]
    kind.make(world.acme)

    answer = caller(world, kind).post(path_of(world.acme, kind.place), kind.body)

    assert problem(answer) == (422, "validation-error")


def test_a_record_has_room_for_so_many(world: World) -> None:
    for number in range(MOST):
        contact(world.acme, email=f"{number}@acme.example")

    answer = caller(world, KINDS[0]).post(path_of(world.acme, "contacts"), CONTACT)

    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == [("", "too-many")]


def test_nothing_is_removed_by_null_that_must_be_there(world: World) -> None:
    part = address(world.acme)
    place = path_of(world.acme, "addresses", part.public_id)

    answer = caller(world, KINDS[1]).patch(place, {"city": None}, if_match="*")

    assert faults(answer) == [("/city", "required")]
