"""Closing a project in the admin: what is not settled, what ends, the tick, the evidence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.governance.models import ProjectClosing
from apps.identity.models import StaffRole
from apps.oauth.models import Client
from apps.procurement.models import Invoice, PurchaseOrder
from apps.projects.models import Project
from apps.projects.states import ProjectStatus
from tests.factories.api_keys import api_key
from tests.factories.closing import close
from tests.factories.gateway import ORDERS, Caller
from tests.factories.identity import staff_browser
from tests.factories.invoices import disputed
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import actor_for, drafted, issued, proposed
from tests.factories.scene import page_of
from tests.factories.world import World, project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
READ = "purchase_orders:read"


def act(project: Project, name: str) -> str:
    return page_of(Project, name, project.pk)


def form(**changes: Any) -> dict[str, Any]:
    said = {"once": "a-form", "reason": "All is bought", "wind_down_days": "0"}
    return {**said, **changes}


def lines(browser: Browser, project: Project) -> list[str]:
    explanation = browser.get(act(project, "close")).context["explanation"]
    return [str(line) for line in explanation]


def test_page_says_what_is_not_settled_and_what_ends(world: World) -> None:
    drafted(world)
    access_token(machine(partner=world.acme, scopes=[READ]))
    api_key(world.acme)

    said = lines(staff_browser(), world.office)

    link = f"{page_of(PurchaseOrder, 'changelist')}?project__id__exact={world.office.pk}"
    assert said[0] == (f'Not settled: 1 <a href="{link}&amp;status__exact=draft">draft order</a>')
    assert said[1] == "Ends at once, in every process: 1 live session and 1 API key for it alone."
    assert len(said) == 7


def test_page_names_the_clients_and_which_way_each_acts_in_it(world: World) -> None:
    ours = machine(projects=[world.office]).client
    project("OTHER", world.buyer, world.acme)
    theirs = machine(partner=world.acme).client
    for _ in range(20):
        machine(partner=world.globex)

    naming, members = lines(staff_browser(), world.office)[2:4]

    link = f'<a href="{page_of(Client, "change", ours.pk)}">Machine</a>'
    assert naming == f"Ends for 1 client that names it: {link}."
    one, *rest = members.split(", ")
    assert one == (
        "Ends for 21 clients that act in it by their partner&#x27;s membership: "
        f'<a href="{page_of(Client, "change", theirs.pk)}">Machine</a> of Acme'
        " (goes on in its other projects)"
    )
    assert (len(rest), rest[-1]) == (20, "and 1 more.")


def test_page_says_that_it_ends_for_no_client(world: World) -> None:
    assert lines(staff_browser(), world.office)[2:4] == [
        "Ends for no client that names it.",
        "Ends for no client that acts in it by its partner&#x27;s membership.",
    ]


def test_links_lead_to_what_is_not_settled(world: World) -> None:
    disputed(world)
    drafted(world)
    close(world.office)
    browser = staff_browser()
    page = browser.get(reverse("admin:governance_projectclosing_changelist"))
    (closing,) = ProjectClosing.objects.all()

    tables = browser.get(page_of(ProjectClosing, "change", closing.pk)).context["tables"]

    (unsettled,) = [table for table in tables if table.title == "What was not settled"]
    found = {}
    for count, linked in unsettled.rows:
        address = str(linked).split('"')[1].replace("&amp;", "&")
        found[address.split("?")[0]] = count
        assert browser.get(address).context["cl"].result_count == count
    assert found == {page_of(PurchaseOrder, "changelist"): 1, page_of(Invoice, "changelist"): 1}
    assert page.status_code == 200


def test_what_is_not_settled_has_to_be_ticked(world: World) -> None:
    drafted(world)
    browser = staff_browser()

    refused = browser.post(act(world.office, "close"), form())
    done = browser.post(act(world.office, "close"), form(once="b", acknowledged="on"))

    assert set(refused.context["form"].errors) == {"acknowledged"}
    closing = ProjectClosing.objects.get()
    assert done["Location"] == page_of(ProjectClosing, "change", closing.pk)
    assert closing.blockers == {"draft_orders": 1}


def test_project_without_blockers_has_no_tick(world: World) -> None:
    page = staff_browser().get(act(world.office, "close"))

    assert "acknowledged" not in page.context["form"].fields


def test_closing_refuses_at_once_and_reopening_brings_nothing_back(world: World) -> None:
    browser, new = staff_browser(), machine(partner=world.acme, scopes=[READ])
    caller = Caller(access_token(new))

    browser.post(act(world.office, "close"), form())
    closed = caller.get(ORDERS).status_code
    browser.post(act(world.office, "reopen"), form(once="b"))

    assert (closed, caller.get(ORDERS).status_code) == (401, 401)
    assert Caller(access_token(new)).get(ORDERS).status_code == 200


def test_wind_down_is_chosen_and_then_only_an_end_is_offered(world: World) -> None:
    browser = staff_browser()

    browser.post(act(world.office, "close"), form(wind_down_days="14"))
    after = browser.get(act(world.office, "close")).context["form"]
    evidence = ProjectClosing.objects.get()

    assert Project.objects.get(pk=world.office.pk).status == ProjectStatus.CLOSING
    assert evidence.wind_down_until == evidence.started_at + timedelta(days=14)
    assert [value for value, _ in after.fields["wind_down_days"].choices] == ["0"]


def test_nothing_answers_beforehand_whether_it_winds_down(world: World) -> None:
    browser = staff_browser()

    asked = browser.get(act(world.office, "close")).content.decode()
    refused = browser.post(act(world.office, "close"), {"once": "a", "reason": "All is bought"})

    assert asked.count('type="radio"') == 4
    assert "checked" not in asked
    assert set(refused.context["form"].errors) == {"wind_down_days"}
    assert not ProjectClosing.objects.exists()


def test_change_that_nobody_answered_is_not_settled(world: World) -> None:
    change = proposed(issued(world), actor_for(world.acme, world.office))
    browser = staff_browser()

    [line] = [one for one in lines(browser, world.office) if "is not answered" in one]

    assert line.startswith("Not settled: 1 <a ")
    address = line.split('"')[1].replace("&amp;", "&")
    listed = browser.get(address).context["cl"].result_list
    assert [row.pk for row in listed] == [change.pk]


def test_list_of_closings_reads_in_plain_words(world: World) -> None:
    close(world.office)
    heads = {"Project", "How", "When", "By", "Progress", "Sessions ended"}

    page = staff_browser().get(reverse("admin:governance_projectclosing_changelist"))

    text = page.content.decode()
    assert {head for head in heads if head in text} == heads
    assert "Public id" not in text
    assert "Actor label" not in text


def test_days_nobody_offers_are_refused(world: World) -> None:
    answer = staff_browser().post(act(world.office, "close"), form(wind_down_days="5"))

    assert set(answer.context["form"].errors) == {"wind_down_days"}


def test_reopening_asks_for_a_day_when_the_old_one_is_over(world: World) -> None:
    close(world.office)
    over = datetime.now(tz=UTC).date() - timedelta(days=1)
    Project.objects.filter(pk=world.office.pk).update(ends_on=over, starts_on=over)
    browser = staff_browser()
    later = (over + timedelta(days=30)).isoformat()

    refused = browser.post(act(world.office, "reopen"), form())
    browser.post(act(world.office, "reopen"), form(once="b", ends_on=later))

    assert set(refused.context["form"].errors) == {"ends_on"}
    office = Project.objects.get(pk=world.office.pk)
    assert (office.status, office.ends_on.isoformat()) == ("open", later)


def test_reopening_is_for_administrators(world: World) -> None:
    close(world.office)

    for role in (StaffRole.PROCUREMENT_MANAGER, StaffRole.SECURITY_OFFICER):
        assert staff_browser(role).post(act(world.office, "reopen"), form()).status_code == 403


def test_evidence_tells_its_progress_and_is_kept_as_json(world: World) -> None:
    access_token(machine(partner=world.acme, scopes=[READ]))
    closing = close(world.office, most_rows=0)
    browser, page = staff_browser(), page_of(ProjectClosing, "change", closing.pk)

    facts = dict(browser.get(page).context["facts"])
    report = browser.get(reverse("admin:governance_projectclosing_report", args=[closing.pk]))

    assert "ending rows" in str(facts["Progress"])
    assert report["Content-Disposition"] == f"attachment; filename={closing.public_id}.json"
    body = report.json()
    assert (body["id"], body["sessions_ended"], body["finished_at"]) == (closing.public_id, 0, None)
    assert body["project"] == {"id": world.office.public_id, "label": "OFFICE Office"}


def test_project_shows_how_it_closed(world: World) -> None:
    browser = staff_browser()
    before = browser.get(page_of(Project, "change", world.office.pk)).context["tables"]

    close(world.office)
    after = browser.get(page_of(Project, "change", world.office.pk)).context["tables"]

    assert "Closings" not in [table.title for table in before]
    (closings,) = [table for table in after if table.title == "Closings"]
    assert closings.rows[0][1:4] == ("closed", "test", "All is bought")
