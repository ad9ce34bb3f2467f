"""Letting partners and people in: everything in one act, or nothing of it."""

from datetime import datetime
from typing import Any

import pytest

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import DomainError, InvalidTransitionError, ValidationFailedError
from apps.governance.services.onboarding import add_person, onboard_partner
from apps.identity.models import StaffRole, User
from apps.oauth.models import Client, ClientKind
from apps.oauth.policy.bundles import default_scopes
from apps.oauth.scopes import CATALOGUE, Tier
from apps.oauth.selectors import live_sessions
from apps.partners.models import Partner, PartnerContact, PartnerUser, Role
from apps.partners.services import resume_partner, suspend_partner
from apps.projects.models import Project, ProjectMember
from tests.factories.oauth import basic, post_form
from tests.factories.world import World

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def onboard(actor: Actor, at: datetime, **changes: Any) -> Any:
    given = {
        "name": "Initech",
        "kind": "vendor",
        "contact_email": "ann@initech.example",
        **changes,
    }
    return onboard_partner(actor=actor, at=at, **given)


def test_onboard_partner_makes_all_of_it(operator: Actor, at: datetime, world: World) -> None:
    done = onboard(operator, at, projects=[world.office])

    client = Client.objects.get(partner=done.partner)
    assert client == done.client
    assert (client.kind, client.role) == (ClientKind.PARTNER_TOOL, Role.MANAGER)
    assert client.grant_types == ["client_credentials"]
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert PartnerContact.objects.get(partner=done.partner).email == "ann@initech.example"
    assert ProjectMember.objects.get(partner=done.partner).project == world.office


def test_onboard_partner_ends_with_one_summary_event(
    operator: Actor, at: datetime, world: World
) -> None:
    before = Event.objects.count()

    done = onboard(operator, at, projects=[world.office], scopes=["purchase_orders:read"])

    events = Event.objects.order_by("id")[before:]
    assert [event.action for event in events] == [
        "partner.created",
        "partner_contact.added",
        "project.member_added",
        "client.created",
        "partner.onboarded",
    ]
    assert events[4].data == {
        "client": done.client.client_id,
        "role": "manager",
        "scopes": ["purchase_orders:read"],
        "projects": [world.office.public_id],
    }


def test_onboarded_client_gets_a_token_with_its_secret(
    operator: Actor, at: datetime, world: World
) -> None:
    done = onboard(operator, at, projects=[world.office])

    answer = post_form(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": "purchase_orders:read"},
        authorization=basic(done.client, done.client_secret),
    )

    assert answer.status_code == 200, answer.content


def test_onboarding_an_erp_makes_a_service_of_role_integration(
    operator: Actor, at: datetime
) -> None:
    done = onboard(operator, at, kind="integration")

    assert (done.client.kind, done.client.role) == (ClientKind.SERVICE, Role.INTEGRATION)
    assert "purchase_orders:create" in done.client.allowed_scopes


@pytest.mark.parametrize(
    ("changes", "pointers"),
    (
        ({"scopes": ["purchase_orders:read", "no_such:scope"]}, ["/scopes"]),
        ({"scopes": ["audit:read"]}, ["/scopes"]),
        ({"scopes": ["purchase_orders:create"]}, ["/scopes"]),
        ({"kind": "integration", "scopes": ["purchase_orders:approve"]}, ["/scopes"]),
        ({"role": Role.APPROVER_ADMIN, "scopes": ["projects:read"]}, ["/role"]),
        ({"kind": "integration", "role": Role.MANAGER}, ["/role"]),
        ({"contact_email": "nobody"}, ["/email"]),
        ({"name": ""}, ["/name"]),
        ({"identifiers": [{"id": "5"}]}, ["/identifiers/0"]),
    ),
)
def test_onboard_partner_with_bad_values_writes_nothing(
    operator: Actor, at: datetime, changes: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        onboard(operator, at, **changes)

    assert [fault.pointer for fault in refused.value.errors] == pointers
    for model in (Partner, PartnerContact, ProjectMember, Client, Event):
        assert model.objects.count() == 0


def test_onboard_partner_into_a_closed_project_writes_nothing(
    operator: Actor, at: datetime, world: World
) -> None:
    Project.objects.update(status="closed")
    before = (Partner.objects.count(), Client.objects.count(), Event.objects.count())

    with pytest.raises(InvalidTransitionError):
        onboard(operator, at, projects=[world.office])

    assert (Partner.objects.count(), Client.objects.count(), Event.objects.count()) == before


@pytest.mark.parametrize("role", Role.values)
def test_default_scopes_hold_nothing_restricted_and_no_refresh(role: str) -> None:
    names = default_scopes(role, grant_types=["client_credentials"])

    assert names == sorted(set(names))
    assert "purchase_orders:read" in names
    assert "offline_access" not in names
    assert [name for name in names if CATALOGUE[name].tier == Tier.RESTRICTED] == []
    assert [name for name in names if CATALOGUE[name].people_only] == []


def test_default_scopes_with_refresh_let_a_client_stay_connected() -> None:
    names = default_scopes(Role.MANAGER, grant_types=["authorization_code", "refresh_token"])

    assert "offline_access" in names


def test_add_person_for_a_partner_makes_both(operator: Actor, at: datetime, world: World) -> None:
    ann = add_person(
        actor=operator,
        at=at,
        email="Ann@Acme.example",
        password=PASSWORD,
        partner=world.acme,
        role=Role.SALESPERSON,
    )

    assert PartnerUser.objects.get(user=ann).partner == world.acme
    assert (ann.email, ann.is_staff) == ("ann@acme.example", False)
    assert ann.check_password(PASSWORD)


def test_add_person_as_staff_gives_the_role(operator: Actor, at: datetime) -> None:
    ann = add_person(
        actor=operator,
        at=at,
        email="ann@buyer.example",
        password=PASSWORD,
        staff_role=StaffRole.VIEWER,
    )

    assert ann.is_staff
    assert list(ann.groups.values_list("name", flat=True)) == ["viewer"]


@pytest.mark.parametrize(
    ("changes", "code"),
    (
        ({"role": Role.EDITOR}, "role-not-allowed"),
        ({"staff_role": StaffRole.VIEWER}, "is-staff"),
        ({"email": "not an address"}, "invalid"),
        ({"password": "short"}, "invalid"),
        ({"email": "BO@acme.example"}, "duplicate"),
    ),
)
def test_add_person_with_bad_values_writes_nothing(
    operator: Actor, at: datetime, world: World, changes: dict[str, Any], code: str
) -> None:
    before = (User.objects.count(), Event.objects.count())
    given = {"email": "ann@acme.example", "password": PASSWORD, "role": Role.MANAGER, **changes}

    with pytest.raises(ValidationFailedError) as refused:
        add_person(actor=operator, at=at, partner=world.acme, **given)

    assert [fault.code for fault in refused.value.errors] == [code]
    assert (User.objects.count(), Event.objects.count()) == before


def test_add_person_for_a_suspended_partner_writes_nothing(
    operator: Actor, at: datetime, world: World
) -> None:
    suspend_partner(actor=operator, at=at, partner=world.acme, reason="a test")

    with pytest.raises(DomainError):
        add_person(
            actor=operator,
            at=at,
            email="ann@acme.example",
            password=PASSWORD,
            partner=world.acme,
            role=Role.MANAGER,
        )

    assert User.objects.filter(email="ann@acme.example").count() == 0


def test_secret_of_a_suspended_partner_gets_no_token_and_none_from_before_comes_back(
    operator: Actor, at: datetime, world: World
) -> None:
    done = onboard(operator, at, projects=[world.office], scopes=["purchase_orders:read"])
    form = {"grant_type": "client_credentials", "scope": "purchase_orders:read"}
    secret = basic(done.client, done.client_secret)
    assert post_form("/oauth/token", form, authorization=secret).status_code == 200
    assert live_sessions(at=at).filter(partner=done.partner).count() == 1

    suspend_partner(actor=operator, at=at, partner=done.partner, reason="a test")
    assert post_form("/oauth/token", form, authorization=secret).status_code != 200
    assert live_sessions(at=at).filter(partner=done.partner).count() == 0

    resume_partner(actor=operator, at=at, partner=done.partner, reason="a test")
    assert live_sessions(at=at).filter(partner=done.partner).count() == 0
    assert post_form("/oauth/token", form, authorization=secret).status_code == 200
    assert live_sessions(at=at).filter(partner=done.partner).count() == 1
