"""Those concerned are told before access in a project ends: once per date, each by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.identity.models import StaffRole
from apps.projects.models import Project, ProjectNotice
from apps.projects.services import add_member
from apps.projects.services.end_notices import tell_project_ends
from tests.factories.identity import staff
from tests.factories.partners import contact
from tests.factories.world import World, person

pytestmark = pytest.mark.django_db


def ends_in(project: Project, at: datetime, **when: Any) -> datetime:
    ends = at + timedelta(**when)
    Project.objects.filter(pk=project.pk).update(access_until=ends)
    return ends


def sent_to(mails: list[EmailMessage]) -> list[list[str]]:
    return [mail.to for mail in mails]


def test_owner_people_and_contacts_are_told_each_by_itself(
    world: World, operator: Actor, at: datetime, mailoutbox: list[EmailMessage]
) -> None:
    owner = staff(StaffRole.PROCUREMENT_MANAGER)
    Project.objects.filter(pk=world.office.pk).update(owner=owner)
    ann = person("ann@buyer.example")
    add_member(actor=operator, at=at, project=world.office, user=ann)
    sales = contact(world.acme)
    ends_in(world.office, at, days=7)

    counts = tell_project_ends(at=at)

    assert counts == {"project_ends_told": 1, "project_ends_put_off": 0}
    assert sent_to(mailoutbox) == [[owner.email], [ann.email], [sales.email]]
    assert mailoutbox[0].subject == "OFFICE: access ends in 7 days or less"
    event = Event.objects.get(action="project.ending")
    assert (event.subject_id, event.data["days"]) == (world.office.public_id, 7)


def test_each_warning_is_given_once_and_anew_for_a_moved_end(world: World, at: datetime) -> None:
    ends = ends_in(world.office, at, days=14)

    before = [
        tell_project_ends(at=ends - timedelta(days=left))["project_ends_told"]
        for left in (14, 14, 10, 7, 6, 1, 0)
    ]
    ends_in(world.office, at, days=20)
    anew = tell_project_ends(at=at + timedelta(days=13))["project_ends_told"]

    assert (before, anew) == ([1, 0, 0, 1, 0, 1, 0], 1)
    days = ProjectNotice.objects.order_by("pk").values_list("days", flat=True)
    assert [*days] == [14, 7, 1, 7]


@pytest.mark.parametrize("status", ("draft", "closed"))
def test_project_that_nobody_acts_in_is_told_of_to_nobody(
    world: World, at: datetime, status: str
) -> None:
    ends_in(world.office, at, days=1)
    Project.objects.filter(pk=world.office.pk).update(status=status)

    assert tell_project_ends(at=at)["project_ends_told"] == 0


def test_mail_that_could_not_leave_goes_with_a_later_run(
    world: World,
    at: datetime,
    mailoutbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contact(world.acme)
    ends_in(world.office, at, days=1)
    with monkeypatch.context() as away:
        away.setattr("apps.projects.services.end_notices.send_mail", _refuse)
        first = tell_project_ends(at=at)

    second = tell_project_ends(at=at)

    assert first == {"project_ends_told": 0, "project_ends_put_off": 1}
    assert second == {"project_ends_told": 1, "project_ends_put_off": 0}
    assert len(mailoutbox) == 1


def _refuse(*_args: object) -> None:
    raise ConnectionRefusedError("The mail server is away.")
