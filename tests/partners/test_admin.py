"""Partners' records in the admin: what a role sees of them, bank changes, the claim rules."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.partners.models import (
    BankAccountChange,
    ClaimRule,
    Partner,
    PartnerBankAccount,
    Role,
)
from apps.partners.selectors import rules_of
from apps.partners.states import GROUP_FIELDS, ChangeState, ClaimGroup
from tests.factories.identity import sign_in, staff, staff_browser
from tests.factories.partners import IBAN, NOTE, filled, proposed, vendor_actor
from tests.factories.scene import page_of
from tests.factories.world import World
from tests.partners.test_vendor_api import TEXTS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

# Spec 4 no. 1: staff roles map to the buyer's; the profile is for who may open the page.
P, C, A, T = ClaimGroup.PROFILE, ClaimGroup.CONTACTS, ClaimGroup.ADDRESS, ClaimGroup.TAX
SHOWN = {
    StaffRole.VIEWER: {P, A},
    StaffRole.ONBOARDING_OFFICER: {P},
    StaffRole.PROCUREMENT_MANAGER: {P, A, C, T},
    StaffRole.SECURITY_OFFICER: {P},
    StaffRole.ADMINISTRATOR: set(TEXTS),
}


def page(browser: Browser, record: Any) -> str:
    answer = browser.get(page_of(type(record), "change", record.pk))
    assert answer.status_code == 200
    return answer.content.decode()


def send(browser: Browser, record: Any, act: str, **form: Any) -> Any:
    return browser.post(page_of(type(record), act, record.pk), {"once": act, **form})


def second_administrator() -> Browser:
    browser = sign_in(Browser(), staff(StaffRole.ADMINISTRATOR, "second@buyer.example"))
    browser.get("/admin/")
    return browser


@pytest.mark.parametrize("role", StaffRole)
def test_a_partners_page_shows_the_groups_of_the_staff_members_buyer_role(
    world: World, role: StaffRole
) -> None:
    filled(world.acme)

    said = page(staff_browser(role), world.acme)

    # The trail's own table is not the record's.
    assert {group for group, text in TEXTS.items() if text in said} == SHOWN[role]
    assert IBAN not in said
    reads = Event.objects.filter(action="partner.restricted_read")
    assert reads.exists() == (role == StaffRole.ADMINISTRATOR)


def test_a_rule_that_staff_change_counts_for_staff_too(world: World) -> None:
    filled(world.acme)
    ClaimRule.objects.filter(role=Role.APPROVER_ADMIN, group="internal").delete()
    browser = staff_browser()

    said = page(browser, world.acme)
    form = browser.get(page_of(Partner, "assess", world.acme.pk)).content.decode()

    assert "Watch them closely" not in said
    assert "Watch them closely" not in form


@pytest.mark.parametrize(
    ("role", "found"), ((StaffRole.PROCUREMENT_MANAGER, ["Acme"]), (StaffRole.VIEWER, []))
)
def test_partners_are_found_by_contacts_by_who_sees_contacts(
    world: World, role: StaffRole, found: list[str]
) -> None:
    filled(world.acme)

    answer = staff_browser(role).get(page_of(Partner, "changelist"), {"q": "ann@acme.example"})

    assert [one.name for one in answer.context["cl"].result_list] == found


def test_edit_changes_the_profile_and_sending_it_again_changes_nothing(world: World) -> None:
    browser = staff_browser(StaffRole.PROCUREMENT_MANAGER)
    form = {"name": "Acme", "legal_name": "Acme AS", "categories": "4321, 4322"}

    send(browser, world.acme, "edit", **form)
    browser.post(page_of(Partner, "edit", world.acme.pk), {"once": "again", **form})

    world.acme.refresh_from_db()
    assert (world.acme.legal_name, world.acme.categories) == ("Acme AS", ["4321", "4322"])
    assert world.acme.revision == 2
    event = Event.objects.get(action="partner.changed")
    assert event.data["fields"] == ["categories", "legal_name"]


def test_edit_says_at_the_field_what_is_wrong(world: World) -> None:
    browser = staff_browser()

    answer = send(browser, world.acme, "edit", name="Acme", website="javascript:alert(1)")

    assert set(answer.context["form"].errors) == {"website"}


def test_judging_a_partner_is_kept_out_of_the_events_public_part(world: World) -> None:
    owner = staff(StaffRole.VIEWER, "owner@buyer.example")

    send(
        staff_browser(), world.acme, "assess",
        risk_tier="high", internal_note="Late twice", owner=str(owner.pk),
    )  # fmt: skip

    world.acme.refresh_from_db()
    assert (world.acme.risk_tier, world.acme.owner) == ("high", owner)
    event = Event.objects.get(action="partner.changed")
    assert event.data["fields"] == []
    assert event.private["internal_fields"] == ["internal_note", "owner", "risk_tier"]
    assert "Late twice" not in f"{event.data} {event.private}"


def test_a_change_is_verified_by_an_administrator_who_was_read_the_number(world: World) -> None:
    change, browser = proposed(world.acme), staff_browser()

    wrong = send(browser, change, "verify", number="DE02120300000000202051", check_note=NOTE)
    right = browser.post(
        page_of(BankAccountChange, "verify", change.pk),
        {"once": "2", "number": "DE89 3704 0044 0532 0130 00", "check_note": NOTE},
        follow=True,
    )

    assert set(wrong.context["form"].errors) == {"number"}
    assert "It takes effect on" in right.content.decode()
    change.refresh_from_db()
    assert (change.state, change.check_note) == (ChangeState.VERIFIED, NOTE)
    assert PartnerBankAccount.objects.get().number == IBAN


def test_who_proposed_in_the_admin_cannot_verify_and_somebody_else_can(world: World) -> None:
    first = staff_browser()
    asked = {
        "kind": "add", "holder": "Acme AS", "iban": IBAN, "currency": "EUR", "reason": "Letter.",
    }  # fmt: skip

    send(first, world.acme, "bank-change", **asked)
    change = BankAccountChange.objects.get()
    offered = first.get(page_of(type(change), "change", change.pk)).context["acts"]
    own = send(first, change, "verify", number=IBAN, check_note=NOTE)
    send(second_administrator(), change, "verify", number=IBAN, check_note=NOTE)

    assert "Verify" not in {act["label"] for act in offered}
    assert "Somebody else than the proposer" in own.content.decode()
    change.refresh_from_db()
    assert (change.state, change.proposed_by.email) == (
        ChangeState.VERIFIED, "administrator@buyer.example",
    )  # fmt: skip


def test_retiring_an_account_is_verified_without_a_number(world: World) -> None:
    filled(world.acme)
    held = PartnerBankAccount.objects.get()
    browser = staff_browser()
    asked = {"kind": "retire", "account": held.public_id, "reason": "Closed."}
    send(second_administrator(), world.acme, "bank-change", **asked)
    change = BankAccountChange.objects.get(kind="retire")

    send(browser, change, "verify", check_note=NOTE)

    change.refresh_from_db()
    held.refresh_from_db()
    assert (change.state, held.retired_from) == (ChangeState.VERIFIED, change.effective_from)


def test_the_lists_stand_in_the_administrators_menu(world: World) -> None:
    del world

    menu = staff_browser().get("/admin/").content.decode()

    for model in (BankAccountChange, ClaimRule):
        assert f'href="{page_of(model, "changelist")}"' in menu


def test_a_refused_change_says_why(world: World) -> None:
    change, browser = proposed(world.acme), staff_browser()

    send(browser, change, "refuse", reason="Nobody there knows of it.")

    assert "Nobody there knows of it." in page(browser, change)
    change.refresh_from_db()
    assert change.state == ChangeState.REFUSED


def test_the_queue_and_its_pages_show_no_whole_number(world: World) -> None:
    change, browser = proposed(world.acme), staff_browser()
    listed = browser.get(page_of(BankAccountChange, "changelist")).content.decode()
    verify = browser.get(page_of(BankAccountChange, "verify", change.pk)).content.decode()

    for said in (listed, verify, page(browser, change)):
        assert IBAN not in said
        assert IBAN[4:18] not in said
    assert "****3000" in listed


def test_a_change_names_who_proposed_it(world: World) -> None:
    by_machine = proposed(world.acme, actor=vendor_actor(world.acme))

    assert "machine" in page(staff_browser(), by_machine)


@pytest.mark.parametrize("act", ("verify", "refuse"))
def test_deciding_asks_for_a_recent_sign_in(world: World, act: str) -> None:
    change = proposed(world.acme)
    browser = Browser()
    browser.force_login(staff())
    browser.get("/admin/")

    answer = browser.get(page_of(BankAccountChange, act, change.pk))

    assert answer.status_code == 302
    assert "/account/reauthenticate/" in answer["Location"]


def rule(role: Role) -> ClaimRule:
    return ClaimRule.objects.filter(role=role)[0]


def test_rules_are_edited_from_what_they_are(world: World) -> None:
    del world
    browser = staff_browser()
    address = page_of(ClaimRule, "edit", rule(Role.VIEWER).pk)
    form = browser.get(address).context["form"]

    browser.post(
        address,
        {
            "once": "1",
            "profile": list(GROUP_FIELDS["profile"]),
            "contacts": ["name", "email"],
            "takes_away": f"address: {', '.join(sorted(GROUP_FIELDS['address']))}".replace(
                "_", " "
            ),
            "reason": "Viewers write to vendors.",
        },
    )

    assert list(form.fields["address"].initial) == list(GROUP_FIELDS["address"])
    assert form.fields["contacts"].initial is None
    assert rules_of(Role.VIEWER) == {"profile": [], "contacts": ["email", "name"]}
    event = Event.objects.get(action="claim_rules.changed")
    assert event.private["from"] == {"address": [], "profile": []}
    assert event.private["actor_label"] == "administrator@buyer.example"
    assert "claim_rules.changed" in page(browser, rule(Role.VIEWER))


def test_a_vendors_rules_offer_nothing_of_the_buyers(world: World) -> None:
    del world
    browser = staff_browser()

    form = browser.get(page_of(ClaimRule, "edit", rule(Role.ADMIN).pk)).context["form"]
    forced = browser.post(
        f"{page_of(ClaimRule, 'add')}?role=admin",
        {
            **{group: list(names) for group, names in GROUP_FIELDS.items()},
            "once": "1",
            "reason": "why not",
        },
    )

    assert {"internal", "banking.full"}.isdisjoint(form.fields)
    assert forced.status_code == 302
    assert {"internal", "banking.full"}.isdisjoint(rules_of(Role.ADMIN))


def test_a_role_without_rules_gets_some(world: World) -> None:
    del world
    ClaimRule.objects.filter(role=Role.SALESPERSON).delete()

    browser, address = staff_browser(), page_of(ClaimRule, "add")
    chosen = browser.post(address, {"once": "1", "role": "salesperson"})
    browser.post(
        chosen["Location"], {"once": "2", "profile": ["name"], "reason": "They need a name."}
    )

    assert rules_of(Role.SALESPERSON) == {"profile": ["name"]}


@pytest.mark.parametrize("role", tuple(set(StaffRole) - {StaffRole.ADMINISTRATOR}))
def test_only_administrators_decide_who_sees_what(world: World, role: StaffRole) -> None:
    change, browser = proposed(world.acme), staff_browser(role)

    assert send(browser, rule(Role.VIEWER), "edit", reason="x").status_code == 403
    assert send(browser, change, "verify", number=IBAN, check_note=NOTE).status_code == 403
    assert rules_of(Role.VIEWER).keys() == {"profile", "address"}
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED
