"""Which clients act in a project: those that name it, and those of its members."""

from datetime import datetime, timedelta

import pytest

from apps.oauth.models import Client
from apps.oauth.selectors import client_at_grant
from apps.oauth.selectors.acting_clients import acting_clients
from apps.partners.services import suspend_partner
from apps.projects.models import Project, ProjectMember
from apps.projects.services import hold_project
from tests.factories.oauth import machine
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(world: World) -> Project:
    return project("OTHER", world.buyer, world.acme, world.globex)


def take_globex_out_of(other: Project) -> None:
    """Its clients that name the project may no longer act in it."""
    ProjectMember.objects.filter(project=other, partner__name="Globex").delete()


def acting(world: World, at: datetime) -> dict[int, tuple[bool, bool]]:
    found = acting_clients(world.office, at=at)
    return {one.client.pk: (one.names_it, one.keeps_others) for one in found}


def test_clients_act_in_it_by_name_or_by_membership(
    world: World, other: Project, at: datetime
) -> None:
    ours = machine(projects=[world.office]).client
    ours_also = machine(projects=[world.office, other]).client
    anywhere = machine(partner=world.acme).client
    here = machine(partner=world.globex).client
    narrowed = machine(partner=world.acme, projects=[world.office]).client
    both = machine(partner=world.acme, projects=[world.office, other]).client
    in_vain = machine(partner=world.globex, projects=[world.office, other]).client
    take_globex_out_of(other)

    assert acting(world, at) == {
        ours.pk: (True, False),
        ours_also.pk: (True, True),
        anywhere.pk: (False, True),
        here.pk: (False, False),
        narrowed.pk: (True, False),
        both.pk: (True, True),
        in_vain.pk: (True, False),
    }


def test_clients_that_do_not_act_in_it_are_left_out(
    world: World, other: Project, at: datetime
) -> None:
    machine()
    machine(projects=[other])
    machine(partner=world.acme, projects=[other])
    expired, stopped = (machine(partner=world.acme).client for _ in range(2))
    Client.objects.filter(pk=expired.pk).update(expires_at=at)
    Client.objects.filter(pk=stopped.pk).update(status="suspended")
    machine(partner=world.globex)
    suspend_partner(actor=SETUP, at=at, partner=world.globex, reason="wait")
    machine(partner=world.erp, projects=[world.office])
    over = ProjectMember.objects.filter(partner=world.erp)
    over.update(valid_until=at - timedelta(minutes=1))

    assert acting(world, at) == {}


def test_project_on_hold_is_nobodys_other_project(
    world: World, other: Project, at: datetime
) -> None:
    new = machine(partner=world.acme).client
    before = acting(world, at)
    hold_project(actor=SETUP, at=at, project=other, reason="wait")

    assert before == {new.pk: (False, True)}
    assert acting(world, at) == {new.pk: (False, False)}


def test_clients_act_where_a_grant_says(world: World, other: Project, at: datetime) -> None:
    """The two reckon the same, whatever a client names and whosever it is."""
    for partner in (None, world.acme, world.globex):
        for named in ((), (world.office,), (other,), (world.office, other)):
            machine(partner=partner, projects=named)
    take_globex_out_of(other)

    granted = {}
    for client in Client.objects.all():
        found = client_at_grant(client.client_id, at=at)
        assert found is not None
        if world.office.pk in found.projects:
            granted[client.pk] = len(found.projects) > 1

    assert {one: keeps for one, (_, keeps) in acting(world, at).items()} == granted
    assert len(granted) == 8
