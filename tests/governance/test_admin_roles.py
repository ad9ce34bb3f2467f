"""Every role walks every page of the admin and finds open what is its own, and nothing else."""

import pytest
from django.contrib import admin
from django.test import Client as Browser

from apps.identity.models import StaffRole
from tests.factories.identity import staff_browser
from tests.factories.scene import SHOWN, Scene, make_scene, name_of, page_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db

SEES = {
    "partner",
    "client",
    "tokensession",
    "consent",
    "apikey",
    "user",
    "offboarding",
    "projectclosing",
    "restrictedscoperequest",
    "invitation",
    "project",
    "buyerentity",
    "purchasingpolicy",
    "policyversion",
    "approvalrule",
    "exchangerate",
    "spendaccount",
    "spendreservation",
    "purchaseorder",
    "orderchange",
    "acknowledgement",
    "shipmentnotice",
    "receipt",
    "invoice",
    "matchexception",
    "creditnote",
}
TRAIL = {"event", "checkpoint"}
JOBS = {"jobrun", "jobheartbeat"}
KEYS = {"signingkey"}
PROVIDERS = {"federation", "trustedissuer"}
RECORDS = {"claimrule", "bankaccountchange", "tolerance"}
LISTS = {
    StaffRole.VIEWER: SEES,
    StaffRole.ONBOARDING_OFFICER: SEES,
    StaffRole.PROCUREMENT_MANAGER: SEES | TRAIL,
    StaffRole.SECURITY_OFFICER: SEES | TRAIL | JOBS,
    StaffRole.ADMINISTRATOR: SEES | TRAIL | JOBS | KEYS | PROVIDERS | RECORDS,
}
LETS_IN = {
    "partner add", "partner add-person", "client add", "apikey add", "project add-member",
    "project add-person",
    "restrictedscoperequest withdraw", "invitation withdraw",
}  # fmt: skip
DECIDES = {"restrictedscoperequest approve", "restrictedscoperequest refuse"}
HOLDS_PARTNER = {"partner suspend", "partner portal-roles"}
HOLDS_CLIENT = {
    "client suspend", "client end-sessions", "client rotate", "client edit", "client api-key",
    "apikey revoke",
}  # fmt: skip
PROJECTS = {
    "project add",
    "project add-member",
    "project add-person",
    "project edit",
    "project hold",
    "project change-member",
    "buyerentity add",
    "buyerentity add-category",
    "buyerentity retire-category",
    "buyerentity set-tax-id",
}
ENDS_PROJECT = {"project remove-member", "project close"}
POLICIES = {
    "purchasingpolicy add", "purchasingpolicy write-version", "purchasingpolicy retire",
    "approvalrule add", "approvalrule retire", "exchangerate add", "exchangerate withdraw",
    "buyerentity require-policy",
}  # fmt: skip
HOLDS_ORDER = {
    "purchaseorder hold", "orderchange accept", "orderchange refuse", "receipt reverse",
}  # fmt: skip
TOLERANCES = {"tolerance add", "tolerance edit", "tolerance remove"}
DECIDES_INVOICE = {
    "invoice match", "invoice approve", "invoice reject", "matchexception accept",
    "matchexception refuse",
}  # fmt: skip
ENDS_ORDER = {"purchaseorder cancel", "purchaseorder close"}
THROWS_OUT = {
    "partner offboard", "user offboard", "user deactivate", "tokensession end",
    "invitation withdraw",
}  # fmt: skip
ACTS = {
    StaffRole.VIEWER: set(),
    StaffRole.ONBOARDING_OFFICER: LETS_IN | HOLDS_PARTNER | HOLDS_CLIENT,
    StaffRole.PROCUREMENT_MANAGER: PROJECTS
    | ENDS_PROJECT
    | POLICIES
    | HOLDS_PARTNER
    | HOLDS_ORDER
    | {"partner offboard", "partner edit"},
    StaffRole.SECURITY_OFFICER: HOLDS_PARTNER | HOLDS_CLIENT | THROWS_OUT | ENDS_PROJECT | DECIDES,
    StaffRole.ADMINISTRATOR: LETS_IN
    | HOLDS_PARTNER
    | HOLDS_CLIENT
    | PROJECTS
    | ENDS_PROJECT
    | POLICIES
    | THROWS_OUT
    | HOLDS_ORDER
    | ENDS_ORDER
    | DECIDES_INVOICE
    | TOLERANCES
    | DECIDES
    | {"federation add", "federation edit", "federation deactivate"}
    | {"trustedissuer add", "trustedissuer edit", "trustedissuer deactivate"}
    | {"partner edit", "partner assess", "partner bank-change", "claimrule add", "claimrule edit"}
    | {"bankaccountchange verify", "bankaccountchange refuse"}
    | {"user add", "signingkey rotate", "signingkey revoke"},
}
# Not possible for the scene's records as they are: nothing of it is suspended or held.
NOT_NOW = {
    "buyerentity free-from-policy",
    "partner resume",
    "project open",
    "project reopen",
    "project resume",
    "client resume",
    "user reactivate",
    "user reset-factors",
    "user detach",
    "federation reactivate",
    "trustedissuer reactivate",
    "purchaseorder release",
    "bankaccountchange withdraw",  # Staff take back what staff proposed.
    "purchaseorder submit",
    "purchaseorder approve",
    "purchaseorder reject",
    "purchaseorder issue",
    "orderchange approve",
    "invoice pay",
}
# Offered beside each of them.
ABOUT_A_MEMBER = {"project change-member", "project remove-member"}


@pytest.fixture
def scene(world: World) -> Scene:
    return make_scene(world)


def registered_models() -> list[type]:
    return list(admin.site._registry)  # noqa: SLF001 -- there is no public way to ask


def opens(browser: Browser, address: str) -> bool:
    """Whether the page is shown; anything but 200 and 403 is a fault of its own."""
    status = browser.get(address).status_code
    assert status in {200, 403}, (address, status)
    return status == 200


def test_the_scene_has_every_registered_record() -> None:
    registered = {model.__name__ for model in registered_models()}

    assert registered == {model.__name__ for model in SHOWN}


def test_tokens_and_codes_have_no_page_of() -> None:
    names = {name_of(model) for model in registered_models()}

    assert {name for name in names if "token" in name or "grant" in name or "key" in name} == {
        "tokensession",
        "apikey",
        "signingkey",
    }


@pytest.mark.parametrize("role", StaffRole)
def test_a_role_opens_its_lists_and_records_only(scene: Scene, role: StaffRole) -> None:
    browser = staff_browser(role)

    lists = {name_of(m) for m in SHOWN if opens(browser, page_of(m, "changelist"))}
    records = {
        name_of(m) for m in SHOWN if opens(browser, page_of(m, "change", scene.record(m).pk))
    }

    assert (lists, records) == (LISTS[role], LISTS[role])


@pytest.mark.parametrize("role", StaffRole)
def test_a_role_opens_its_acts_only_and_finds_them_on_the_record(
    scene: Scene, role: StaffRole
) -> None:
    browser = staff_browser(role)
    found, offered = set(), set()

    for model in SHOWN:
        name, record = name_of(model), scene.record(model)
        shown = browser.get(page_of(model, "change", record.pk))
        listed = browser.get(page_of(model, "changelist"))
        if opens(browser, page_of(model, "add")):
            found.add(f"{name} add")
        if listed.status_code == 200 and listed.context["has_add_permission"]:
            offered.add(f"{name} add")
        for act in getattr(admin.site.get_model_admin(model), "acts", ()):
            key, address = f"{name} {act.name}", page_of(model, act.name, record.pk)
            if key in ABOUT_A_MEMBER:
                address += f"?member={record.members.first().pk}"
            if key not in NOT_NOW and opens(browser, address):
                found.add(key)
            if shown.status_code == 200 and f'href="{address}"' in shown.content.decode():
                offered.add(key)

    assert (found, offered) == (ACTS[role], ACTS[role])


@pytest.mark.parametrize("role", StaffRole)
def test_nothing_is_changed_or_deleted_by_a_form_over_its_table(
    scene: Scene, role: StaffRole
) -> None:
    browser = staff_browser(role)

    refused = {
        (name_of(m), browser.post(page_of(m, "delete", scene.record(m).pk)).status_code)
        for m in SHOWN
    }

    assert {status for _name, status in refused} == {403}


@pytest.mark.parametrize("role", StaffRole)
@pytest.mark.usefixtures("scene")
def test_the_first_page_shows_a_role_what_it_may_know(role: StaffRole) -> None:
    answer = staff_browser(role).get("/admin/")

    panels = [panel.title for panel in answer.context["panels"]]
    expected = ["Live sessions", "Denied in 24 hours", "Ending in 30 days", "The trail"]
    if role in {StaffRole.VIEWER, StaffRole.ONBOARDING_OFFICER}:
        expected = ["Live sessions", "Ending in 30 days"]
    if role in {StaffRole.SECURITY_OFFICER, StaffRole.ADMINISTRATOR}:
        expected.insert(2, "Waits for a second person")
    if role in {StaffRole.PROCUREMENT_MANAGER, StaffRole.ADMINISTRATOR}:
        expected.insert(0, "Waiting for you")
    assert (answer.status_code, panels) == (200, expected)


def test_somebody_without_a_role_sees_an_admin_without_records(scene: Scene) -> None:
    browser = Browser()
    browser.force_login(scene.world.cy)
    scene.world.cy.is_staff = True
    scene.world.cy.save(update_fields=["is_staff"])

    answer = browser.get("/admin/")
    reached = {name_of(m) for m in SHOWN if opens(browser, page_of(m, "changelist"))}

    assert (answer.status_code, answer.context["app_list"], reached) == (200, [], set())


def test_the_pages_that_django_brings_along_are_answered(scene: Scene) -> None:
    browser = staff_browser()
    leads_to = {
        "/admin/oauth/": "/admin/oauth/",
        "/admin/password_change/": "/account/password/change/",
        "/admin/logout/": "/account/logout/",
        page_of(type(scene.client), "history", scene.client.pk): page_of(
            type(scene.client), "change", scene.client.pk
        ),
    }

    answers = {path: browser.get(path, follow=True) for path in leads_to}

    assert {path: answer.request["PATH_INFO"] for path, answer in answers.items()} == leads_to
    assert {answer.status_code for answer in answers.values()} == {200}
