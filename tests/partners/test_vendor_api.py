"""Vendors over HTTP: who finds whom, what each sees, and what the answers leave out."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.oauth.policy.scopes import scope_faults
from apps.oauth.scopes import CATALOGUE
from apps.partners.models import VENDOR_ROLES, ClaimRule, Partner, Role
from apps.partners.policy import GROUP_SCOPES
from apps.partners.services import suspend_partner
from apps.partners.states import ClaimGroup
from tests.factories.gateway import Caller, problem
from tests.factories.oauth import access_token, machine
from tests.factories.partners import (
    ADDRESS,
    IBAN,
    account,
    address,
    buyer_machine,
    contact,
    filled,
    machine_caller,
    now,
)
from tests.factories.world import SETUP, World, partner, project
from tests.partners.test_claims import SEES

pytestmark = pytest.mark.django_db

VENDORS = "/api/v1/vendors"
ALL = tuple(GROUP_SCOPES.values())
MEMBER = {
    ClaimGroup.PROFILE: "legal_name",
    ClaimGroup.CONTACTS: "contacts",
    ClaimGroup.ADDRESS: "addresses",
    ClaimGroup.TAX: "tax_registrations",
    ClaimGroup.BANKING: "bank_accounts",
    ClaimGroup.INTERNAL: "risk_tier",
}
# A text of each group that stands in no other.
TEXTS = {
    ClaimGroup.PROFILE: "Acme Aksjeselskap",
    ClaimGroup.CONTACTS: "ann@acme.example",
    ClaimGroup.ADDRESS: "Storgata",
    ClaimGroup.TAX: "136695976",
    ClaimGroup.BANKING: "****3000",
    ClaimGroup.INTERNAL: "Watch them closely",
}


def path_of(vendor: Partner, *more: str) -> str:
    return "/".join([VENDORS, vendor.public_id, *more])


def holdable(role: Role) -> list[str]:
    """Those of the groups' scopes that a client of this role can be registered for."""
    grants = ["client_credentials"]
    return [name for name in ALL if not scope_faults([name], role=role, grant_types=grants)]


def caller_of(world: World, role: Role, *scopes: str) -> Caller:
    if role in VENDOR_ROLES:
        return machine_caller(world.acme, role, *scopes)
    if role == Role.INTEGRATION:
        return machine_caller(world.erp, role, *scopes)
    return buyer_machine(world, role, *scopes)


@pytest.mark.parametrize("role", Role)
def test_a_role_with_every_scope_sees_its_groups_and_the_names_of_the_others(
    world: World, role: Role
) -> None:
    filled(world.acme)
    caller = caller_of(world, role, *holdable(role))

    answer = caller.get(path_of(world.acme))

    body, said = answer.json(), answer.content.decode()
    shown = SEES[role] & MEMBER.keys()
    assert {group for group, name in MEMBER.items() if name in body} == shown
    assert {group for group, text in TEXTS.items() if text in said} == shown
    assert body.get("_redacted", []) == [str(group) for group in MEMBER if group not in shown]
    assert IBAN not in said


@pytest.mark.parametrize("group", tuple(MEMBER))
@pytest.mark.parametrize("role", Role)
def test_a_role_with_one_scope_sees_that_group_at_most(
    world: World, role: Role, group: ClaimGroup
) -> None:
    filled(world.acme)
    scope = GROUP_SCOPES[group]
    if scope not in holdable(role):
        assert CATALOGUE[scope].buyer_only
        return
    caller = caller_of(world, role, *{"vendors:read", scope})

    said = caller.get(path_of(world.acme)).content.decode()

    expected = {ClaimGroup.PROFILE, group} & SEES[role]
    assert {one for one, text in TEXTS.items() if text in said} == expected


def test_rules_count_from_the_next_request_on(world: World) -> None:
    filled(world.acme)
    viewer = buyer_machine(world, Role.VIEWER, "vendors:read", "vendors.address:read")
    before = viewer.get(path_of(world.acme)).json()

    ClaimRule.objects.filter(role=Role.VIEWER, group="address").delete()
    ClaimRule.objects.filter(role=Role.VIEWER, group="profile").update(fields=["name"])
    after = viewer.get(path_of(world.acme)).json()

    assert before["addresses"][0]["city"] == "Oslo"
    assert "addresses" not in after
    assert (after["name"], "payment_terms" in after) == ("Acme", False)
    assert {"address", "profile.payment_terms"} <= set(after["_redacted"])


def test_a_contact_is_shown_as_far_as_the_rule_names_its_fields(world: World) -> None:
    contact(world.acme)
    ClaimRule.objects.filter(role=Role.EDITOR, group="contacts").update(fields=["name"])
    scopes = "vendors:read", "vendors.contacts:read"
    editor = buyer_machine(world, Role.EDITOR, *scopes)

    (listed,) = editor.get(path_of(world.acme, "contacts")).json()["data"]
    within = editor.get(path_of(world.acme)).json()["contacts"][0]

    assert (listed["name"], listed["_redacted"]) == (
        "Ann", ["contacts.email", "contacts.phone", "contacts.title"],
    )  # fmt: skip
    assert set(within) == {"id", "revision", "name"}


def test_a_vendor_lists_itself_alone(world: World) -> None:
    acme = machine_caller(world.acme, Role.ADMIN, "vendors:read")

    body = acme.get(VENDORS).json()

    assert [one["id"] for one in body["data"]] == [world.acme.public_id]


def test_the_buyers_side_lists_the_vendors_of_its_open_projects(world: World) -> None:
    elsewhere = partner("Initech")
    project("FLEET", world.buyer, elsewhere)
    erp = machine_caller(world.erp, Role.INTEGRATION, "vendors:read")

    found = {one["name"] for one in erp.get(VENDORS).json()["data"]}

    assert found == {"Acme", "Globex"}
    assert problem(erp.get(path_of(elsewhere))) == (404, "not-found")


@pytest.mark.parametrize(
    "suffix",
    (
        "",
        "/contacts",
        "/addresses",
        "/tax-registrations",
        "/bank-accounts",
        "/bank-account-changes",
    ),
)
def test_another_vendor_is_not_found(world: World, suffix: str) -> None:
    filled(world.acme)
    globex = machine_caller(world.globex, Role.ADMIN, *holdable(Role.ADMIN))

    answer = globex.get(path_of(world.acme) + suffix)

    assert problem(answer) == (404, "not-found")
    assert not any(text in answer.content.decode() for text in TEXTS.values())


@pytest.mark.parametrize("vendor_id", ("ptr_01J8", "acme", "ptr_00000000000000000000000000"))
def test_what_is_no_vendor_is_not_found(world: World, vendor_id: str) -> None:
    acme = machine_caller(world.acme, Role.ADMIN, "vendors:read")

    assert problem(acme.get(f"{VENDORS}/{vendor_id}")) == (404, "not-found")
    assert problem(acme.get(path_of(world.erp))) == (404, "not-found")


@pytest.mark.parametrize(
    "query",
    (
        {"filter[risk_tier]": "medium"},
        {"filter[risk_tier][ne]": "medium"},
        {"filter[internal_note][contains]": "Watch"},
        {"sort": "risk_tier"},
        {"sort": "name,-risk_tier"},
    ),
)
def test_nobody_filters_or_sorts_by_what_is_hidden(world: World, query: dict[str, str]) -> None:
    filled(world.acme)
    viewer = buyer_machine(world, Role.VIEWER, "vendors:read", "vendors.risk:read")
    boss = buyer_machine(world, Role.APPROVER_ADMIN, "vendors:read", "vendors.risk:read")

    assert problem(viewer.get(VENDORS, **query)) == (403, "claim-not-permitted")
    assert boss.get(VENDORS, **query).status_code == 200


def test_a_field_that_its_rule_leaves_out_is_no_oracle_either(world: World) -> None:
    ClaimRule.objects.filter(role=Role.VIEWER, group="profile").update(fields=["name"])
    viewer = buyer_machine(world, Role.VIEWER, "vendors:read")

    answer = viewer.get(VENDORS, **{"filter[payment_terms][starts_with]": "30"})

    assert problem(answer) == (403, "claim-not-permitted")
    assert viewer.get(VENDORS, **{"filter[name]": "Acme"}).status_code == 200


@pytest.mark.parametrize("name", ("filter[iban]", "filter[contacts.email]", "filter[number]"))
def test_what_is_no_filter_is_refused(world: World, name: str) -> None:
    boss = buyer_machine(world, Role.APPROVER_ADMIN, *holdable(Role.APPROVER_ADMIN))

    assert problem(boss.get(VENDORS, **{name: "x"})) == (400, "unknown-filter")


def test_filters_and_fields_narrow(world: World) -> None:
    filled(world.acme)
    erp = machine_caller(world.erp, Role.INTEGRATION, "vendors:read")

    body = erp.get(VENDORS, **{"filter[trading_name][contains]": "trading", "fields": "id,name"})

    (found,) = body.json()["data"]
    assert (found["id"], found["name"]) == (world.acme.public_id, "Acme")
    assert set(found) == {"id", "name", "_redacted"}


@pytest.mark.parametrize("several", (1, 3))
def test_a_list_takes_as_many_queries_for_three_vendors(world: World, several: int) -> None:
    for number in range(several):
        one = partner(f"Vendor {number}")
        project(f"P{number}", world.buyer, one, world.erp)
        for _ in range(several):
            address(one)
            contact(one, email=f"{_}@vendor{number}.example")
        account(one)
    erp = machine_caller(
        world.erp, Role.INTEGRATION, *(name for name in ALL if name != "vendors.banking.full:read")
    )

    with CaptureQueriesContext(connection) as captured:
        answer = erp.get(VENDORS)

    assert answer.status_code == 200
    said = [query["sql"] for query in captured if not query["sql"].startswith(("SAVE", "RELE"))]
    # The token and its proof; the rules; the vendors and four groups; the event of the read.
    assert len(said) == 9, "\n".join(said)


def test_a_read_of_what_is_restricted_is_one_event(world: World) -> None:
    filled(world.acme)
    boss = buyer_machine(world, Role.APPROVER_ADMIN, *ALL)

    boss.get(path_of(world.acme))
    boss.get(VENDORS)
    boss.get(VENDORS, fields="id,name")

    first, second = Event.objects.filter(action="partner.restricted_read").order_by("pk")
    assert first.data["groups"] == second.data["groups"] == ["banking", "internal"]
    assert first.subject_id == world.acme.public_id
    assert set(second.private["partners"]) == {world.acme.public_id, world.globex.public_id}
    assert first.session_id is not None
    assert set(first.data["scopes_exercised"]) == set(ALL) - {"vendors.banking.full:read"}


def test_a_read_of_what_is_restricted_may_say_why(world: World) -> None:
    filled(world.acme)
    boss = buyer_machine(world, Role.APPROVER_ADMIN, *ALL)

    boss.get(path_of(world.acme), reason="Yearly review")
    boss.get(VENDORS, reason="Yearly review")
    refused = boss.get(VENDORS, reason=" ")

    events = Event.objects.filter(action="partner.restricted_read").order_by("pk")
    assert [event.private["reason"] for event in events] == ["Yearly review"] * 2
    assert problem(refused) == (400, "malformed-request")


def test_a_reason_may_change_from_page_to_page(world: World) -> None:
    boss = buyer_machine(world, Role.APPROVER_ADMIN, *ALL)
    first = boss.get(VENDORS, limit="1", reason="First").json()["page"]["next"]

    assert boss.get(VENDORS, limit="1", reason="Second", cursor=first).status_code == 200


@pytest.mark.parametrize("asks", ("W", "nothing like it"))
def test_looking_for_what_is_restricted_is_an_event(world: World, asks: str) -> None:
    Partner.objects.filter(pk=world.acme.pk).update(internal_note="Watch them")
    boss = buyer_machine(world, Role.APPROVER_ADMIN, *ALL)

    found = boss.get(VENDORS, **{"filter[internal_note][starts_with]": asks, "fields": "id"})
    boss.get(VENDORS, sort="-risk_tier", fields="id")

    looked, sorted_ = Event.objects.filter(action="partner.restricted_read").order_by("pk")
    assert looked.data["groups"] == sorted_.data["groups"] == ["internal"]
    assert looked.private["partners"] == [one["id"] for one in found.json()["data"]]


def test_an_ordinary_read_is_no_event(world: World) -> None:
    filled(world.acme)
    before = Event.objects.count()
    acme = Caller(access_token(machine(partner=world.acme, scopes=["vendors:read"])))
    before = Event.objects.count()

    acme.get(path_of(world.acme))

    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("role", "changes"),
    (
        (Role.ADMIN, {"trading_name": "Acme Nord", "website": "https://acme.example"}),
        (Role.ADMIN, {"description": None}),
        (Role.INTEGRATION, {"payment_terms": "14 days", "categories": ["4321"]}),
        (Role.INTEGRATION, {"default_currency": "NOK"}),
    ),
)
def test_a_patch_changes_what_it_names(world: World, role: Role, changes: dict[str, Any]) -> None:
    filled(world.acme)
    caller = caller_of(world, role, "vendors:read", "vendors:write")
    before = caller.get(path_of(world.acme))

    answer = caller.patch(path_of(world.acme), changes, if_match=before["ETag"])

    body = answer.json()
    assert answer.status_code == 200
    assert {name: body[name] for name in changes} == {
        name: "" if value is None else value for name, value in changes.items()
    }
    unchanged = {"legal_name", "name", "identifiers"}
    assert {name: body[name] for name in unchanged} == {
        name: before.json()[name] for name in unchanged
    }
    assert answer["ETag"] != before["ETag"] or changes == {"description": None}


def test_a_patch_is_one_event_that_names_the_fields(world: World) -> None:
    acme = machine_caller(world.acme, Role.ADMIN, "vendors:read", "vendors:write")

    acme.patch(path_of(world.acme), {"trading_name": "Secret plans"}, if_match="*")

    event = Event.objects.get(action="partner.changed")
    assert event.data["fields"] == ["trading_name"]
    assert event.data["scopes_exercised"] == ["vendors:write", "vendors:read"]
    assert "Secret plans" not in f"{event.data} {event.private}"


@pytest.mark.parametrize(
    ("role", "changes"),
    (
        (Role.ADMIN, {"payment_terms": "3 days"}),
        (Role.ADMIN, {"default_currency": "NOK"}),
        (Role.ADMIN, {"trading_name": "x", "categories": []}),
    ),
)
def test_a_vendor_does_not_set_its_own_terms(
    world: World, role: Role, changes: dict[str, Any]
) -> None:
    acme = caller_of(world, role, "vendors:read", "vendors:write")

    answer = acme.patch(path_of(world.acme), changes, if_match="*")

    assert problem(answer) == (403, "claim-not-permitted")
    assert Partner.objects.get(pk=world.acme.pk).revision == 1


def test_a_write_to_a_hidden_group_is_refused(world: World) -> None:
    ClaimRule.objects.filter(role=Role.ADMIN, group="profile").delete()
    acme = machine_caller(world.acme, Role.ADMIN, "vendors:read", "vendors:write")

    answer = acme.patch(path_of(world.acme), {"trading_name": "x"}, if_match="*")

    assert problem(answer) == (403, "claim-not-permitted")


@pytest.mark.parametrize(
    ("name", "group"),
    (
        ("name", "profile"), ("legal_name", "profile"), ("identifiers", "profile"),
        ("risk_tier", "internal"), ("internal_note", "internal"), ("owner", "internal"),
        ("bank_accounts", "banking"), ("contacts", "contacts"),
    ),
)  # fmt: skip
def test_what_is_not_for_the_api_to_change_is_refused_by_its_group(
    world: World, name: str, group: str
) -> None:
    acme = machine_caller(world.acme, Role.ADMIN, "vendors:read", "vendors:write")

    answer = acme.patch(path_of(world.acme), {name: None}, if_match="*")

    assert problem(answer) == (403, "claim-not-permitted")
    assert answer.json()["claim_groups"] == [group]


@pytest.mark.parametrize("name", ("status", "revision", "links", "nonsense"))
def test_what_is_told_of_a_vendor_beside_its_record_is_no_field(world: World, name: str) -> None:
    acme = machine_caller(world.acme, Role.ADMIN, "vendors:read", "vendors:write")

    answer = acme.patch(path_of(world.acme), {name: "x"}, if_match="*")

    assert problem(answer) == (400, "unknown-field")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    (
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"website": "ftp://acme.example"}, "/website"),
        ({"default_currency": "EURO"}, "/default_currency"),
        ({"default_currency": "ZZZ"}, "/default_currency"),
        ({"categories": ["x" * 61]}, "/categories/0"),
    ),
)
def test_a_patch_with_bad_values_changes_nothing(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    erp = machine_caller(world.erp, Role.INTEGRATION, "vendors:read", "vendors:write")

    answer = erp.patch(path_of(world.acme), changes, if_match="*")

    assert problem(answer) == (422, "validation-error")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert Partner.objects.get(pk=world.acme.pk).revision == 1


def test_a_patch_says_what_it_has_seen(world: World) -> None:
    acme = machine_caller(world.acme, Role.ADMIN, "vendors:read", "vendors:write")
    stale = f'"{world.acme.public_id}.1"'
    address(world.acme)  # It is part of what is shown, so it counts.

    assert problem(acme.patch(path_of(world.acme), {})) == (428, "precondition-required")
    assert problem(acme.patch(path_of(world.acme), {}, if_match=stale)) == (412, "revision-stale")


def test_the_record_of_a_suspended_vendor_stays_as_it_is(world: World) -> None:
    erp = machine_caller(
        world.erp, Role.INTEGRATION, "vendors:read", "vendors:write", "vendors.address:write"
    )
    suspend_partner(actor=SETUP, at=now(), partner=world.acme, reason="trouble")

    patched = erp.patch(path_of(world.acme), {"payment_terms": "x"}, if_match="*")
    added = erp.post(path_of(world.acme, "addresses"), ADDRESS)

    assert problem(patched) == problem(added) == (409, "invalid-transition")
    assert erp.get(path_of(world.acme)).json()["status"] == "suspended"
