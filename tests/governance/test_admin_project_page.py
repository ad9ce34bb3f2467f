"""What the page of a project tells: when it ends, by what is bought there, who could act now."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.core.actor import Actor
from apps.identity.admin.records import Table
from apps.identity.models import StaffRole
from apps.oauth.models import Client, TokenSession
from apps.oauth.services import end_session
from apps.partners.models import Partner
from apps.projects.models import ApprovalRule, Project, PurchasingPolicy
from apps.projects.services import retire_approval_rule, retire_policy
from tests.factories.closing import close
from tests.factories.governance import sessions
from tests.factories.identity import staff_browser
from tests.factories.oauth import access_token, machine
from tests.factories.policies import approval_rule, now, policy
from tests.factories.scene import page_of
from tests.factories.world import World, project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
READ = "purchase_orders:read"


@pytest.fixture
def browser() -> Browser:
    return staff_browser()


def page(office: Project, browser: Browser) -> HttpResponse:
    return browser.get(page_of(Project, "change", office.pk))


def bound(count: int, client: Client, office: Project) -> list[TokenSession]:
    """Sessions of a client for the project alone."""
    made = sessions(count, client=client)
    keys = [row.pk for row in made]
    TokenSession.objects.filter(pk__in=keys).update(project_bound=True, project_ids=[office.pk])
    return made


def facts(office: Project, browser: Browser) -> dict[str, str]:
    return {name: str(value) for name, value in page(office, browser).context["facts"]}


def table(answer: HttpResponse, title: str) -> Table:
    (found,) = [one for one in answer.context["tables"] if one.title.startswith(title)]
    return found


def rows(found: Table) -> list[list[str]]:
    return [[*map(str, row)] for row in found.rows]


# --- When it ends -------------------------------------------------------------------------------
def test_open_project_says_when_access_ends(world: World, browser: Browser) -> None:
    told = facts(world.office, browser)

    assert {"Starts", "Ends", "Access until"} <= told.keys()
    assert not {"Closed", "Closed by", "Why closed", "Planned end", "Next"} & told.keys()


def test_wind_down_shows_its_own_end_everywhere(world: World, browser: Browser) -> None:
    planned = f"{world.office.ends_on:%-d %b %Y}"
    until = close(world.office, wind_down_days=14).wind_down_until
    assert until is not None
    real = f"{until:%-d %b %Y}"

    told = facts(world.office, browser)
    listed = browser.get(page_of(Project, "changelist")).content.decode()
    home = table_of_home(browser)
    partner = browser.get(page_of(Partner, "change", world.acme.pk))

    assert planned in told["Planned end"]
    assert real in told["Winds down until"]
    assert "Closed" not in told
    assert (real in listed, planned in listed) == (True, False)
    assert [(row[1], real in row[2]) for row in rows(home)] == [("Project, winding down", True)]
    assert real in rows(table(partner, "Projects"))[0][3]
    assert {real in row[3] for row in rows(table(page(world.office, browser), "Members"))} == {True}


def table_of_home(browser: Browser) -> Table:
    panels = browser.get("/admin/").context["panels"]
    (found,) = [one for one in panels if one.title == "Ending in 30 days"]
    return found


def test_project_closed_at_once_shows_when_access_ended(world: World, browser: Browser) -> None:
    closing = close(world.office)

    world.office.refresh_from_db()
    told = facts(world.office, browser)

    assert world.office.access_until == closing.started_at
    assert f"{closing.started_at:%-d %b %Y, %H:%M} UTC" in told["Access ended"]
    assert f"{world.office.ends_on:%-d %b %Y}" in told["Planned end"]
    assert told["Closed by"] == "test"


def test_project_closed_after_its_end_keeps_the_earlier_one(world: World) -> None:
    over = now() - timedelta(hours=1)
    Project.objects.filter(pk=world.office.pk).update(access_until=over)

    close(world.office)

    world.office.refresh_from_db()
    assert world.office.access_until == over


def test_page_says_who_may_reopen_and_when(world: World, browser: Browser) -> None:
    close(world.office, wind_down_days=7)
    closing = facts(world.office, browser)["Next"]
    close(world.office)

    assert "“Close” ends it sooner" in closing
    assert "once it is closed, an administrator may reopen it" in closing
    assert facts(world.office, browser)["Next"].startswith("An administrator may reopen it")


def test_adding_a_project_leads_to_its_page(world: World, browser: Browser) -> None:
    form = {
        "once": "a", "number": "FLEET", "title": "Cars", "buyer_entity": str(world.buyer.pk),
        "starts_on": "2026-01-01", "ends_on": "2030-12-31",
    }  # fmt: skip

    answer = browser.post(page_of(Project, "add"), form, follow=True)

    fleet = Project.objects.get(number="FLEET")
    assert answer.request["PATH_INFO"] == page_of(Project, "change", fleet.pk)
    assert "“Add a partner” lets one act in it." in answer.content.decode()
    assert page_of(Project, "add-member", fleet.pk) in answer.content.decode()


# --- By what is bought there --------------------------------------------------------------------
def test_policies_that_bear_on_it_stand_with_version_and_limits(
    world: World, operator: Actor, browser: Browser
) -> None:
    at = now()
    own = policy(world.buyer, name="Own", project=world.office, per_order_max=700)
    wide = policy(world.buyer, name="Any", partner=world.erp, cumulative_max=1000)
    policy(world.buyer, name="Later", effective_from=at + timedelta(days=2))
    policy(world.buyer, name="Elsewhere", project=project("OTHER", world.buyer))
    gone = policy(world.buyer, name="Gone")
    retire_policy(actor=operator, at=now(), policy=gone.policy, reason="over")

    found = table(page(world.office, browser), "Purchasing policies")

    names = [row[0].split(">")[1].split("<")[0] for row in rows(found)]
    assert names == ["Own", "Any", "Later"]
    first, second, third = rows(found)
    assert (f"Version {own.version}" in first[1], "EUR 700.00 one order" in first[2]) == (
        True,
        True,
    )
    assert f"Version {wide.version}" in second[1]
    assert "EUR 1,000.00 altogether" in second[2]
    assert "Nordwind ERP" in second[3]
    assert "begins later" in third[1]


def test_list_of_policies_is_filtered_by_project(world: World, browser: Browser) -> None:
    other = project("OTHER", world.buyer)
    policy(world.buyer, name="Own", project=world.office)
    policy(world.buyer, name="Any")
    policy(world.buyer, name="Elsewhere", project=other)
    more = table(page(world.office, browser), "Purchasing policies").more

    def listed(address: str) -> list[str]:
        return [row.name for row in browser.get(address).context["cl"].result_list]

    assert sorted(listed(more)) == ["Any", "Own"]
    assert listed(f"{page_of(PurchasingPolicy, 'changelist')}?project=nonsense") == []


def test_approval_rules_that_apply_stand_in_their_turn(
    world: World, operator: Actor, browser: Browser
) -> None:
    approval_rule(world.buyer, name="Second", amount_from=50000, sequence=2, min_approvers=2)
    approval_rule(world.buyer, name="First", project=world.office, category="4321")
    approval_rule(world.buyer, name="Elsewhere", project=project("OTHER", world.buyer))
    gone = approval_rule(world.buyer, name="Gone")
    retire_approval_rule(actor=operator, at=now(), rule=gone, reason="over")

    first, second = rows(table(page(world.office, browser), "Approval rules"))

    assert ("First" in first[0], first[2:]) == (True, ["4321", "1 x Approver", "1", "this project"])
    assert ("EUR 50,000.00" in second[1], second[2:]) == (
        True,
        ["everything", "2 x Approver", "2", "every project"],
    )


def test_without_rules_the_page_says_what_to_do(world: World, browser: Browser) -> None:
    answer = page(world.office, browser)

    assert "“Add a purchasing policy”" in table(answer, "Purchasing policies").empty
    assert "“Add an approval rule”" in table(answer, "Approval rules").empty
    assert not ApprovalRule.objects.exists()


# --- Who could act now --------------------------------------------------------------------------
def test_live_sessions_are_counted_and_listed(
    world: World, operator: Actor, browser: Browser
) -> None:
    new = machine(partner=world.acme, scopes=[READ])
    access_token(new)
    (ended,) = bound(1, new.client, world.office)
    end_session(actor=operator, at=now(), session=ended, reason="Test")
    other = project("OTHER", world.buyer)
    access_token(machine(projects=[other]))

    found = table(page(world.office, browser), "Live sessions")

    (live,) = TokenSession.objects.filter(client=new.client, ended_at=None)
    assert found.title == "Live sessions: 1"
    assert live.public_id in rows(found)[0][0]
    listed = browser.get(found.more).context["cl"].result_list
    assert [row.pk for row in listed] == [live.pk]


def test_sessions_are_for_who_may_see_them(world: World) -> None:
    def titles(role: StaffRole) -> set[str]:
        return {one.title for one in page(world.office, staff_browser(role)).context["tables"]}

    assert {"Live sessions: 0", "Purchasing policies"} <= titles(StaffRole.VIEWER)


def test_page_takes_as_many_statements_for_many_as_for_few(world: World, browser: Browser) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            policy(world.buyer, name=f"P{number}", project=world.office, cumulative_max=9)
            approval_rule(world.buyer, name=f"A{number}")
        client = machine(partner=world.acme, scopes=[READ]).client
        bound(last - first, client, world.office)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert page(world.office, browser).status_code == 200
        return len(asked)

    add(0, 2)
    statements()
    few = statements()
    add(2, 30)

    assert (statements(), few) == (few, 19)
