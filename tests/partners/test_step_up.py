"""People and what is restricted of a record: shown after a strong and recent sign-in only."""

import pytest

from apps.partners.models import Role
from apps.partners.rest.examples import CHANGE
from apps.partners.services import add_partner_user
from tests.factories.gateway import Caller, problem
from tests.factories.partners import filled, now
from tests.factories.world import SETUP, World, person
from tests.oauth.test_step_up import PASSWORD, TOTP, bound_caller
from tests.partners.test_vendor_api import path_of

pytestmark = pytest.mark.django_db

SCOPES = ("vendors:read", "vendors.banking:read", "vendors.banking:propose")


def ann(world: World, *steps: dict[str, str]) -> Caller:
    """Acme's admin, signed in by these steps, with a token bound to a key."""
    user = person("ann@acme.example")
    add_partner_user(actor=SETUP, at=now(), partner=world.acme, user=user, role=Role.ADMIN)
    return bound_caller(user, *steps, scopes=SCOPES, partner=world.acme)


def test_a_weak_sign_in_is_shown_less_and_not_refused(world: World) -> None:
    filled(world.acme)

    body = ann(world, PASSWORD).get(path_of(world.acme)).json()

    assert body["name"] == "Acme"
    assert ("bank_accounts" in body, "banking" in body["_redacted"]) == (False, True)


def test_a_strong_sign_in_is_shown_the_accounts_masked(world: World) -> None:
    filled(world.acme)
    caller = ann(world, PASSWORD, TOTP)

    fresh = caller.get(path_of(world.acme)).json()

    assert [one["number"] for one in fresh["bank_accounts"]] == ["****3000"]
    assert "banking" not in fresh["_redacted"]


@pytest.mark.parametrize("place", ("bank-accounts", "bank-account-changes"))
def test_what_is_restricted_as_a_whole_asks_for_a_stronger_sign_in(
    world: World, place: str
) -> None:
    caller = ann(world, PASSWORD)

    answer = caller.get(path_of(world.acme, place))

    assert problem(answer) == (401, "user-authentication-insufficient")


def test_a_proposal_asks_for_a_stronger_sign_in(world: World) -> None:
    answer = ann(world, PASSWORD).post(path_of(world.acme, "bank-account-changes"), CHANGE)

    assert problem(answer) == (401, "user-authentication-insufficient")
