"""Step-up (RFC 9470): what is restricted asks people for a recent sign-in with a second factor."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client as Browser
from joserfc.jwk import Key

from apps.identity.models import User
from apps.oauth.policy.sign_in import ACR_MFA, ACR_PASSWORD
from apps.oauth.policy.step_up import StepUp, step_up_for, step_up_is_met
from apps.oauth.services import NewClient
from apps.oauth.services.dpop import fresh_nonce
from tests.conformance.compliance import conforms
from tests.factories.gateway import Caller, problem
from tests.factories.identity import sign_in
from tests.factories.jose import client_key, dpop_proof
from tests.factories.oauth import (
    REDIRECT_URI,
    authorize_query,
    basic,
    pkce,
    post_form,
    redirect_parameters,
    web_app,
)
from tests.factories.world import World, person

pytestmark = pytest.mark.django_db
TRAIL = "/api/v1/audit-events"
SCOPES = ("audit:read", "purchase_orders:read")
PASSWORD, TOTP = {"method": "password"}, {"method": "mfa", "type": "totp"}


@pytest.fixture
def ann(world: World) -> User:
    """An administrator of the buyer's, who reads the trail."""
    del world
    found = person("ann@buyer.example", is_staff=True)
    found.groups.add(Group.objects.get(name="administrator"))
    return found


def signed_in(user: User, *steps: dict[str, str]) -> Browser:
    return sign_in(Browser(), user, *steps)


def with_second_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    return user


def ask(browser: Browser, new: NewClient, **changes: str) -> Any:
    return browser.get("/oauth/authorize", authorize_query(new, pkce(), **changes))


def bound_caller(
    user: User, *steps: dict[str, str], scopes: Sequence[str] = SCOPES, **app: Any
) -> Caller:
    """A caller with a token of the person's, bound to a key, after this sign-in."""
    new, proof, key = web_app(scopes=scopes, **app), pkce(), client_key()
    browser = signed_in(user, *steps)
    page = browser.get("/oauth/authorize", authorize_query(new, proof))
    handle = page.context["request_handle"]
    answer = browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})
    form = {
        "grant_type": "authorization_code",
        "code": redirect_parameters(answer)["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": proof.verifier,
    }
    told = post_form(
        "/oauth/token",
        form,
        authorization=basic(new.client, new.secret),
        headers={"DPoP": _proof(key)},
    )
    assert told.status_code == 200, told.content
    return Caller(json.loads(told.content)["access_token"], key)


def _proof(key: Key) -> str:
    nonce = fresh_nonce(datetime.now(tz=UTC))
    return dpop_proof(key, "POST", f"{settings.PUBLIC_URL}/oauth/token", nonce=nonce)


# --- At the API ---------------------------------------------------------------------------------
@conforms("RFC 9470", "3", "A sign-in that is too weak is answered by what is needed.")
def test_restricted_read_after_a_password_alone_demands_a_second_factor(ann: User) -> None:
    answer = bound_caller(ann, PASSWORD).get(TRAIL)

    assert problem(answer) == (401, "user-authentication-insufficient")
    challenge = answer["WWW-Authenticate"]
    assert challenge.startswith(
        'DPoP realm="countersign", error="insufficient_user_authentication"'
    )
    assert f'acr_values="{ACR_MFA}", max_age="3600"' in challenge


def test_restricted_read_after_a_second_factor_is_answered(ann: User) -> None:
    assert bound_caller(ann, PASSWORD, TOTP).get(TRAIL).status_code == 200


def test_other_read_after_a_password_alone_is_answered(ann: User) -> None:
    assert bound_caller(ann, PASSWORD).get("/api/v1/purchase-orders").status_code == 200


@pytest.mark.parametrize(
    ("acr", "age", "met"),
    ((ACR_MFA, 0, True), (ACR_MFA, 60, True), (ACR_MFA, 61, False), (ACR_PASSWORD, 0, False)),
)
def test_demand_is_met_by_strength_and_age(acr: str, age: int, met: bool, at: datetime) -> None:  # noqa: FBT001 -- a row of the table
    signed_in_at = int((at - timedelta(seconds=age)).timestamp())
    exactly = datetime.fromtimestamp(signed_in_at + age, tz=UTC)

    assert step_up_is_met(StepUp(ACR_MFA, 60), acr=acr, auth_time=signed_in_at, at=exactly) == met


def test_token_that_says_nothing_of_the_sign_in_meets_no_demand(at: datetime) -> None:
    assert not step_up_is_met(StepUp(ACR_MFA, 60), acr=ACR_MFA, auth_time=None, at=at)


def test_view_may_demand_more_than_its_scopes_do() -> None:
    own = StepUp(ACR_MFA, 60)

    assert step_up_for(["purchase_orders:read"], own) == own
    assert step_up_for(["purchase_orders:read"], None) is None
    assert step_up_for(["audit:read"], None) == StepUp(ACR_MFA, 3600)


# --- At the authorization endpoint --------------------------------------------------------------
@conforms("RFC 9470", "4", "acr_values leads a person with a second factor to use it.")
def test_request_for_a_second_factor_leads_to_it(ann: User) -> None:
    answer = ask(signed_in(with_second_factor(ann), PASSWORD), web_app(), acr_values=ACR_MFA)

    assert answer["Location"].startswith("/account/2fa/reauthenticate/?next=/oauth/authorize")


@conforms("RFC 9470", "4", "A demand that cannot be met is told to the client.")
def test_request_for_a_second_factor_nobody_has_is_unmet(ann: User) -> None:
    answer = ask(signed_in(ann, PASSWORD), web_app(), acr_values=ACR_MFA)

    assert redirect_parameters(answer)["error"] == "unmet_authentication_requirements"


def test_request_for_a_second_factor_without_a_page_is_login_required(ann: User) -> None:
    browser = signed_in(with_second_factor(ann), PASSWORD)

    answer = ask(browser, web_app(), acr_values=ACR_MFA, prompt="none")

    assert redirect_parameters(answer)["error"] == "login_required"


@pytest.mark.parametrize("values", (ACR_PASSWORD, "urn:elsewhere:gold", f"x {ACR_PASSWORD}"))
def test_weak_or_unknown_values_ask_for_nothing_more(ann: User, values: str) -> None:
    answer = ask(signed_in(ann, PASSWORD), web_app(), acr_values=values)

    assert answer.status_code == 200


def test_old_sign_in_with_a_second_factor_is_demanded_again_by_max_age(
    ann: User, at: datetime
) -> None:
    browser = signed_in(with_second_factor(ann), PASSWORD, TOTP)

    with time_machine.travel(at + timedelta(minutes=20), tick=False):
        answer = ask(browser, web_app(), acr_values=ACR_MFA, max_age="600")

    assert answer["Location"].startswith("/account/reauthenticate/")
