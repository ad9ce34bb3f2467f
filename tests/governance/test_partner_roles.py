"""Nobody outside approves for the buyer, and who writes for it an administrator names."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.core.actor import Actor, ActorKind
from apps.core.errors import ValidationFailedError
from apps.governance.services.federation import add_federation
from apps.identity.models import FederationPreset, StaffRole, User
from apps.partners.models import Partner, PartnerUser, Role
from apps.partners.policy import portal_roles
from apps.partners.services import add_partner_user, change_partner_user_role
from tests.factories.federation import providing
from tests.factories.identity import PASSWORD, staff_browser
from tests.factories.portal import colleague
from tests.factories.world import SETUP, World, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
ADMINISTRATOR = Actor(
    kind=ActorKind.STAFF, id="usr_1", label="ann@buyer.example", role=Role.APPROVER_ADMIN
)
OFFICER = Actor(kind=ActorKind.STAFF, id="usr_2", label="ola@buyer.example")


def add(world: World, browser: Any, role: str) -> Any:
    form = {"once": role, "email": "sock@puppet.example", "name": "", "password": PASSWORD}
    path = f"/admin/partners/partner/{world.erp.pk}/add-person/"
    return browser.post(path, {**form, "role": role})


@pytest.mark.parametrize("role", ("editor", "approver_admin"))
def test_officer_makes_nobody_outside_somebody_who_writes_for_the_buyer(
    world: World, role: str
) -> None:
    answer = add(world, staff_browser(StaffRole.ONBOARDING_OFFICER), role)

    assert (answer.status_code, set(answer.context["form"].errors)) == (200, {"role"})
    assert User.objects.filter(email="sock@puppet.example").exists() is False


@pytest.mark.parametrize("role", ("viewer", "integration"))
def test_officer_gives_the_other_roles_of_an_integration_partner(world: World, role: str) -> None:
    answer = add(world, staff_browser(StaffRole.ONBOARDING_OFFICER), role)

    assert (answer.status_code, PartnerUser.objects.get(partner=world.erp).role) == (302, role)


@pytest.mark.parametrize(("role", "status"), (("editor", 302), ("approver_admin", 200)))
def test_administrator_lets_somebody_outside_write_and_nobody_approve(
    world: World, role: str, status: int
) -> None:
    answer = add(world, staff_browser(StaffRole.ADMINISTRATOR), role)

    given = PartnerUser.objects.filter(partner=world.erp, role=role).exists()
    assert (answer.status_code, given) == (status, status == 302)


@pytest.mark.parametrize(
    "actor", (SETUP, ADMINISTRATOR, OFFICER), ids=("shell", "admin", "officer")
)
def test_nobody_at_all_makes_a_partners_person_an_approver(world: World, actor: Actor) -> None:
    at, eve = datetime.now(tz=UTC), person("eve@erp.example")
    role = Role.APPROVER_ADMIN

    with pytest.raises(ValidationFailedError) as added:
        add_partner_user(actor=actor, at=at, partner=world.erp, user=eve, role=role)
    acting = colleague(world.erp, "adam@erp.example", Role.VIEWER)
    with pytest.raises(ValidationFailedError) as changed:
        change_partner_user_role(actor=actor, at=at, person=acting, role=role)

    faults = [fault.code for error in (added, changed) for fault in error.value.errors]
    assert faults == ["role-not-allowed", "role-not-allowed"]


def test_change_to_editor_is_the_administrators(world: World) -> None:
    at, acting = datetime.now(tz=UTC), colleague(world.erp, "adam@erp.example", Role.VIEWER)

    with pytest.raises(ValidationFailedError) as refused:
        change_partner_user_role(actor=OFFICER, at=at, person=acting, role=Role.EDITOR)
    change_partner_user_role(actor=ADMINISTRATOR, at=at, person=acting, role=Role.EDITOR)

    assert [fault.code for fault in refused.value.errors] == ["restricted"]
    assert PartnerUser.objects.get(pk=acting.pk).role == "editor"


def test_partners_own_admins_give_neither(world: World) -> None:
    Partner.objects.filter(pk=world.erp.pk).update(portal_roles=list(Role.values))

    given = portal_roles(Partner.objects.get(pk=world.erp.pk))

    assert given == [Role.VIEWER, Role.INTEGRATION]


def test_rule_of_a_provider_makes_nobody_outside_an_approver(world: World) -> None:
    partner = world.erp.public_id
    rule = {"claim": "a", "value": "b", "partner": partner, "role": "approver_admin"}

    with providing() as upstream, pytest.raises(ValidationFailedError) as refused:
        add_federation(
            actor=ADMINISTRATOR,
            at=datetime.now(tz=UTC),
            name="ERP",
            preset=FederationPreset.GENERIC,
            issuer=upstream.issuer,
            client_id="ours",
            client_secret="secret",
            allowed_domains=["erp.example"],
            rules=[rule],
        )

    assert [fault.pointer for fault in refused.value.errors] == ["/rules"]
