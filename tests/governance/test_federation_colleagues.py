"""What a partner's admin may do about colleagues whom the company's provider made."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client as Browser

from apps.core.actor import Actor, ActorKind
from apps.core.errors import InvalidTransitionError
from apps.governance.services.people import PROVIDER_DECIDES, change_person_role
from apps.partners.models import PartnerUser, Role
from tests.factories.federation import federation, providing, sign_in_by
from tests.factories.portal import browser_of, colleague
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PEOPLE = "/account/people/"


@pytest.fixture
def boss(world: World) -> PartnerUser:
    return colleague(world.acme, "boss@acme.example")


@pytest.fixture
def ada(world: World) -> Iterator[PartnerUser]:
    rule = {"claim": "email_domain", "value": "acme.example", "role": "admin"}
    with providing() as upstream:
        federation(issuer=upstream.issuer, rules=[{**rule, "partner": world.acme.public_id}])
        sign_in_by(Browser(), upstream)
        yield PartnerUser.objects.get(user__email="ada@acme.example")


def test_a_role_the_provider_decides_is_not_changed_here(
    boss: PartnerUser, ada: PartnerUser
) -> None:
    """It would come back at her next sign-in."""
    form = {"role": "salesperson"}

    answer = browser_of(boss.user).post(f"{PEOPLE}{ada.public_id}/role/", form)

    ada.refresh_from_db()
    assert ada.role == "admin"
    assert "Your company&#x27;s provider decides" in answer.content.decode()


def test_changing_it_is_refused_in_the_service(boss: PartnerUser, ada: PartnerUser) -> None:
    user = boss.user
    actor = Actor(kind=ActorKind.USER, id=user.public_id, label=user.email, user_id=user.pk)

    with pytest.raises(InvalidTransitionError, match="provider decides") as refused:
        change_person_role(actor=actor, at=datetime.now(tz=UTC), person=ada, role=Role.SALESPERSON)

    assert str(refused.value) == PROVIDER_DECIDES


def test_the_page_offers_no_change_of_it(boss: PartnerUser, ada: PartnerUser) -> None:
    page = browser_of(boss.user).get(PEOPLE).content.decode()

    assert f"{PEOPLE}{ada.public_id}/role/" not in page
    assert f"{PEOPLE}{ada.public_id}/end/" in page
    assert "provider says" in page


def test_their_access_can_be_ended(boss: PartnerUser, ada: PartnerUser) -> None:
    browser_of(boss.user).post(f"{PEOPLE}{ada.public_id}/end/")

    ada.user.refresh_from_db()
    assert ada.user.is_active is False
