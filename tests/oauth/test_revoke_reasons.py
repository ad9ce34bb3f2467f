"""Why a token counts no more, as far as its holder is told: a class, and nothing of who or why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.identity.models import User
from apps.oauth.models import AccessToken, Client, TokenSession
from apps.oauth.services import end_session
from apps.partners.models import Partner
from apps.projects.models import Project, ProjectMember
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.oauth import access_token, code_for, machine, pkce, redeem, web_app
from tests.factories.world import SETUP, World

pytestmark = pytest.mark.django_db
LATER = datetime(2999, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def acme(world: World) -> Caller:
    return Caller(access_token(machine(partner=world.acme, scopes=["purchase_orders:read"])))


@pytest.fixture
def bo(world: World) -> Caller:
    """A person of Acme's, by a program of the integration partner's."""
    app, proof = web_app(partner=world.erp, scopes=["purchase_orders:read"]), pkce()
    answer = redeem(app, code_for(world.bo, app, proof), proof)
    return Caller(answer.json()["access_token"])


def reason(caller: Caller) -> Any:
    answer = caller.get(ORDERS)
    assert problem(answer) == (401, "token-revoked")
    return answer.json().get("revoke_reason")


@pytest.mark.parametrize(
    ("model", "change", "told"),
    (
        (Partner, {"status": "offboarded"}, "partner-offboarded"),
        (Partner, {"status": "suspended"}, "partner-suspended"),
        (Partner, {"not_before": LATER}, "partner-suspended"),
        (Client, {"status": "suspended"}, "client-inactive"),
        (Client, {"status": "disabled"}, "client-inactive"),
        (Client, {"expires_at": PAST}, "client-inactive"),
        (Client, {"not_before": LATER}, "session-ended"),
        (Project, {"status": "closed"}, "no-open-project"),
        (ProjectMember, {"valid_until": PAST}, "no-open-project"),
        (AccessToken, {"revoked_at": PAST}, "token-revoked"),
        (TokenSession, {"expires_at": PAST}, "session-ended"),
    ),
)
def test_class_of_what_refuses_the_token_is_told(
    acme: Caller, model: Any, change: dict[str, Any], told: str
) -> None:
    if "valid_until" in change:
        ProjectMember.objects.update(valid_from=PAST - timedelta(days=1))
    model.objects.update(**change)

    assert reason(acme) == told


@pytest.mark.parametrize("change", ({"is_active": False}, {"offboarded_at": PAST}))
def test_person_who_was_deactivated_is_told_from_none_who_was_offboarded(
    bo: Caller, change: dict[str, Any]
) -> None:
    User.objects.update(is_active=False)
    User.objects.update(**change)

    assert reason(bo) == "person-inactive"


def test_what_happened_to_the_clients_partner_is_not_told_to_others(
    world: World, bo: Caller
) -> None:
    Partner.objects.filter(pk=world.erp.pk).update(status="offboarded")

    assert reason(bo) == "client-inactive"


def test_who_ended_a_session_and_why_is_not_told(acme: Caller) -> None:
    session = TokenSession.objects.get()
    end_session(actor=SETUP, at=datetime.now(tz=UTC), session=session, reason="Fraud suspected")

    answer = acme.get(ORDERS)

    assert reason(acme) == "session-ended"
    assert b"Fraud" not in answer.content


def test_token_that_nobody_knows_is_told_nothing(acme: Caller) -> None:
    AccessToken.objects.all().delete()

    assert reason(acme) is None


def test_token_of_another_session_is_told_nothing(world: World, acme: Caller) -> None:
    other = access_token(machine(partner=world.globex, scopes=["purchase_orders:read"]))
    theirs = AccessToken.objects.exclude(session__partner=world.acme).get()
    AccessToken.objects.filter(session__partner=world.acme).update(session=theirs.session)

    assert (reason(acme), Caller(other).get(ORDERS).status_code) == (None, 200)


def test_good_token_costs_no_query_more(acme: Caller) -> None:
    acme.get(ORDERS)

    with CaptureQueriesContext(connection) as good:
        acme.get(ORDERS)
    TokenSession.objects.update(ended_at=PAST)
    with CaptureQueriesContext(connection) as refused:
        acme.get(ORDERS)

    assert (["oauth_accesstoken" in one["sql"] for one in good], len(refused)) == (
        [True, False],
        2,
    )
