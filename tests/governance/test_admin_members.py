"""Who takes part in a project, on its page: let in, given other terms, taken out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from apps.identity.models import StaffRole
from apps.projects.models import Project, ProjectMember
from apps.projects.services import add_member
from tests.factories.identity import staff, staff_browser
from tests.factories.scene import page_of
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def office(world: World) -> Project:
    """The project Office, which ends with June 2027."""
    ends = datetime(2027, 7, 1, tzinfo=UTC)
    Project.objects.filter(pk=world.office.pk).update(ends_on=date(2027, 6, 30), access_until=ends)
    world.office.refresh_from_db()
    return world.office


def joined(project: Project, at: datetime, **said: Any) -> ProjectMember:
    """Somebody of the buyer's, an editor until the end of the year."""
    user = said.pop("user", None) or staff(StaffRole.PROCUREMENT_MANAGER, "ann@buyer.example")
    terms = {"role": "editor", "valid_from": at - timedelta(days=3), "valid_until": UNTIL, **said}
    return add_member(actor=SETUP, at=at, project=project, user=user, **terms)


def of(world: World, office: Project) -> ProjectMember:
    return office.members.get(partner=world.acme)


def page(member: ProjectMember, name: str = "change-member") -> str:
    return f"{page_of(Project, name, member.project_id)}?member={member.pk}"


def filled_in(browser: Browser, address: str) -> dict[str, Any]:
    """What the form says before anybody touches it, as a browser would send it."""
    form = browser.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def said(answer: HttpResponse) -> str:
    """What the next page tells."""
    return " ".join(answer.content.decode().split())


def test_form_is_filled_in_as_the_membership_is(office: Project, at: datetime) -> None:
    member = joined(office, at)

    shown = filled_in(staff_browser(), page(member))

    assert (shown["role"], shown["valid_until"]) == ("editor", date(2026, 12, 31))
    assert shown["valid_from"] == member.valid_from.date()


def test_changing_the_role_alone_leaves_the_dates(office: Project, at: datetime) -> None:
    browser, member = staff_browser(), joined(office, at)
    before = (member.valid_from, member.valid_until)

    browser.post(page(member), {**filled_in(browser, page(member)), "role": "viewer"})

    member.refresh_from_db()
    assert member.role == "viewer"
    assert (member.valid_from, member.valid_until) == before


def test_changing_a_day_alone_leaves_the_role(office: Project, at: datetime) -> None:
    browser, member = staff_browser(), joined(office, at)
    sent = {**filled_in(browser, page(member)), "valid_until": "2027-01-31"}

    browser.post(page(member), sent)

    member.refresh_from_db()
    assert (member.role, member.valid_until) == ("editor", datetime(2027, 2, 1, tzinfo=UTC))


def test_an_empty_last_day_is_the_projects_end_and_its_label_says_so(
    office: Project, at: datetime
) -> None:
    browser, member = staff_browser(), joined(office, at)
    label = browser.get(page(member)).context["form"]["valid_until"].label

    browser.post(page(member), {**filled_in(browser, page(member)), "valid_until": ""})

    member.refresh_from_db()
    assert (label, member.valid_until) == ("Last day; empty: until the project's end", None)


def test_a_day_beyond_the_projects_end_is_refused_at_its_field(
    world: World, office: Project
) -> None:
    member = of(world, office)
    browser = staff_browser()
    sent = {**filled_in(browser, page(member)), "valid_until": "2027-07-01"}

    answer = browser.post(page(member), sent)

    [told] = answer.context["form"].errors["valid_until"]
    assert told.startswith("Access in OFFICE ends with 30 Jun 2027, and so does every membership.")
    member.refresh_from_db()
    assert member.valid_until is None


def test_a_member_may_begin_later(world: World, office: Project) -> None:
    of(world, office).delete()
    form = {"once": "a", "partner": str(world.acme.pk), "valid_from": "2027-02-01"}
    form["valid_until"] = "2027-02-28"

    answer = staff_browser().post(page_of(Project, "add-member", office.pk), form, follow=True)

    member = of(world, office)
    assert member.valid_from == datetime(2027, 2, 1, tzinfo=UTC)
    assert member.valid_until == datetime(2027, 3, 1, tzinfo=UTC)
    assert "Acme is a member of OFFICE Office, from 1 Feb 2027 until 28 Feb 2027." in said(answer)


def test_a_partner_is_asked_for_no_role_and_told_why(world: World, office: Project) -> None:
    answer = staff_browser().get(page(of(world, office)))

    assert "role" not in answer.context["form"].fields
    assert "Its people and clients act by the roles they have." in answer.context["explanation"]


@pytest.mark.parametrize("name", ("change-member", "remove-member"))
@pytest.mark.parametrize(
    ("query", "words"),
    (
        ("", "choose whom in the table of members."),
        ("?member=nonsense", "This is no member of the project any more."),
        ("?member=01900000-0000-7000-8000-000000000000", "This is no member of the project"),
    ),
)
def test_page_for_nobody_leads_to_the_members(
    office: Project, name: str, query: str, words: str
) -> None:
    address = f"{page_of(Project, name, office.pk)}{query}"

    answer = staff_browser().get(address, follow=True)

    assert answer.request["PATH_INFO"] == page_of(Project, "change", office.pk)
    assert words in said(answer)


def test_member_of_another_project_is_not_changed_here(world: World, office: Project) -> None:
    member = of(world, office)
    other = Project.objects.create(
        number="OTHER", title="Other", buyer_entity=world.buyer, starts_on=office.starts_on,
        ends_on=office.ends_on, access_until=office.access_until, created_at=office.created_at,
        updated_at=office.created_at,
    )  # fmt: skip
    form = {"once": "a", "member": str(member.pk), "valid_from": "2026-01-01", "reason": "Test"}

    browser = staff_browser()

    for name in ("change-member", "remove-member"):
        answer = browser.post(page_of(Project, name, other.pk), form)
        assert set(answer.context["form"].errors) == {"member"}

    assert of(world, office).valid_from == member.valid_from


def test_members_are_listed_with_what_may_be_done_and_until_when(
    world: World, office: Project, at: datetime
) -> None:
    member = joined(office, at)
    ends = office.access_until
    ProjectMember.objects.filter(partner=world.acme).update(valid_until=ends + timedelta(days=90))

    def rows(role: StaffRole) -> list[list[str]]:
        answer = staff_browser(role).get(page_of(Project, "change", office.pk))
        (table,) = [one for one in answer.context["tables"] if one.title == "Members"]
        return [[*map(str, row)] for row in table.rows]

    manages, views = rows(StaffRole.PROCUREMENT_MANAGER), rows(StaffRole.VIEWER)

    assert [row[1] for row in manages[-1:]] == ["Editor"]
    assert page(member) in manages[-1][0]
    assert page(member, "remove-member") in manages[-1][0]
    assert "30 Jun 2027" not in manages[0][3]
    assert "1 Jul 2027, 00:00 UTC" in manages[0][3]
    assert not [row for row in views if "?member=" in row[0]]


def test_approver_is_offered_to_who_may_give_it(office: Project, at: datetime) -> None:
    member, address = joined(office, at), page_of(Project, "add-person", office.pk)

    gives, manages = staff_browser(), staff_browser(StaffRole.PROCUREMENT_MANAGER)

    def offered(browser: Browser, where: str) -> list[str]:
        form = browser.get(where).context["form"]
        return [label for _value, label in form.fields["role"].choices]

    for where in (address, page(member)):
        assert "Approver" in offered(gives, where)
        assert "Approver" not in offered(manages, where)


def test_approver_is_changed_by_an_administrator_only(office: Project, at: datetime) -> None:
    member = joined(office, at, role="approver_admin")
    manager = staff_browser(StaffRole.PROCUREMENT_MANAGER)

    refused = manager.get(page(member), follow=True)

    assert "only an administrator changes an approver&#x27;s membership." in said(refused)
    assert filled_in(staff_browser(), page(member))["role"] == "approver_admin"


@pytest.mark.parametrize(
    ("role", "words"),
    (
        (StaffRole.ADMINISTRATOR, "Apps they sign in to may act for them there meanwhile."),
        (StaffRole.PROCUREMENT_MANAGER, "Apps they sign in to may act for them there meanwhile."),
        (StaffRole.VIEWER, "Apps only read for them: their staff role reads only, and a role of"),
        (StaffRole.SECURITY_OFFICER, "No app acts for them: that takes the staff role"),
    ),
)
def test_adding_somebody_says_what_their_staff_role_lets_apps_do(
    office: Project, role: StaffRole, words: str
) -> None:
    una = staff(role, "una@buyer.example")
    form = {"once": "a", "user": str(una.pk), "role": "editor"}

    answer = staff_browser().post(page_of(Project, "add-person", office.pk), form, follow=True)

    told = said(answer)
    assert "una@buyer.example is a member of OFFICE Office, as Editor from" in told
    assert "Una@buyer.example" not in told
    assert words in told


def test_removing_names_whom_and_takes_them_out(world: World, office: Project) -> None:
    browser, member = staff_browser(), of(world, office)
    shown = browser.get(page(member, "remove-member"))
    sent = {**filled_in(browser, page(member, "remove-member")), "reason": "Wrong project"}

    browser.post(page(member, "remove-member"), sent)

    assert str(shown.context["explanation"][0]).startswith("Acme is refused in OFFICE Office")
    assert not office.members.filter(partner=world.acme).exists()
