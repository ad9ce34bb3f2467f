"""Which projects a partner may act in, and finding one by what people have in hand."""

from datetime import datetime, timedelta

import pytest

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.projects.models import Project, ProjectMember
from apps.projects.selectors import open_projects_for, project_by_reference
from apps.projects.services import create_buyer_entity
from apps.projects.states import ProjectStatus
from tests.factories.world import partner, project

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(operator: Actor, at: datetime) -> Project:
    buyer = create_buyer_entity(
        actor=operator, at=at, name="Nordwind", country="NO", base_currency="EUR"
    )
    project("OTHER", buyer, partner("Globex"))
    return project("PAPER", buyer, partner("Acme"))


def acme_of(paper: Project) -> ProjectMember:
    return ProjectMember.objects.get(project=paper)


def test_open_projects_for_a_member_are_its_own(paper: Project, at: datetime) -> None:
    acme = acme_of(paper).partner

    assert list(open_projects_for(acme, at)) == [paper]


@pytest.mark.parametrize(
    "status", (ProjectStatus.DRAFT, ProjectStatus.ON_HOLD, ProjectStatus.CLOSED)
)
def test_open_projects_for_leaves_out_what_is_not_open(
    paper: Project, at: datetime, status: str
) -> None:
    Project.objects.filter(pk=paper.pk).update(status=status)

    assert list(open_projects_for(acme_of(paper).partner, at)) == []


def test_open_projects_for_ends_with_access(paper: Project) -> None:
    acme = acme_of(paper).partner
    moment = timedelta(microseconds=1)

    assert list(open_projects_for(acme, paper.access_until - moment)) == [paper]
    assert list(open_projects_for(acme, paper.access_until)) == []


def test_open_projects_for_follows_the_dates_of_membership(paper: Project, at: datetime) -> None:
    member = acme_of(paper)
    member.valid_from, member.valid_until = at, at + timedelta(days=1)
    member.save(update_fields=["valid_from", "valid_until"])

    found = [
        list(open_projects_for(member.partner, at + timedelta(hours=hours)))
        for hours in (-1, 0, 23, 24)
    ]

    assert found == [[], [paper], [paper], []]


def test_project_by_reference_takes_number_or_id(paper: Project) -> None:
    assert project_by_reference("PAPER") == paper
    assert project_by_reference(paper.public_id) == paper


@pytest.mark.usefixtures("paper")
@pytest.mark.parametrize("reference", ("", "paper?", "prj_00000000000000000000000000"))
def test_project_by_reference_refuses_what_is_none(reference: str) -> None:
    with pytest.raises(NotFoundError):
        project_by_reference(reference)
