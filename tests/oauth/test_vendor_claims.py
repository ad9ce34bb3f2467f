"""The company's record in userinfo and in token answers: the same groups, by the same rules."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.audit.models import Event
from apps.core.actor import Origin
from apps.identity.models import User
from apps.oauth.models import Client
from apps.oauth.policy.sign_in import ACR_MFA
from apps.oauth.services import NewClient, change_client
from apps.oauth.services.minting import Terms
from apps.oauth.services.vendor_claims import vendor_for_token
from apps.partners.models import ClaimRule, Partner, PartnerUser, Role
from tests.factories.governance import sessions
from tests.factories.jose import client_key, use_keys
from tests.factories.oauth import (
    access_token,
    basic,
    bound_token,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    refresh,
    web_app,
)
from tests.factories.openid import openid_app, tokens_for
from tests.factories.partners import filled
from tests.factories.world import SETUP, World, person
from tests.oauth.test_statements import statements
from tests.oauth.test_userinfo import userinfo

pytestmark = pytest.mark.django_db

OPEN = ("vendors:read", "vendors.contacts:read", "vendors.address:read", "vendors.tax:read")


def set_so(new: NewClient) -> NewClient:
    change_client(
        actor=SETUP,
        at=datetime.now(tz=UTC),
        client=new.client,
        vendor_claims_in_token_response=True,
    )
    new.client.refresh_from_db()
    return new


def token_answer(new: NewClient, *scopes: str) -> dict[str, Any]:
    answer = post_form(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": " ".join(scopes)},
        authorization=basic(new.client, new.secret),
    )
    assert answer.status_code == 200, answer.content
    return dict(json.loads(answer.content))


@pytest.mark.parametrize(
    ("role", "hidden"),
    (
        (Role.SALESPERSON, ["contacts", "address", "tax", "banking", "internal"]),
        (Role.MANAGER, ["tax", "banking", "internal"]),
        (Role.ADMIN, ["banking", "internal"]),
    ),
)
def test_userinfo_tells_what_scopes_and_role_show_of_the_persons_company(
    world: World, role: Role, hidden: list[str]
) -> None:
    filled(world.acme)
    PartnerUser.objects.filter(user=world.bo).update(role=role)
    app = openid_app(partner=world.acme, scopes=("openid", *OPEN))
    token = tokens_for(world.bo, app, scope=" ".join(("openid", *OPEN)))["access_token"]

    told = json.loads(userinfo(token).content)["vendor"]

    assert (told["id"], told["name"]) == (world.acme.public_id, "Acme")
    assert told["_redacted"] == hidden
    assert "bank_accounts" not in told
    assert "risk_tier" not in told


def test_userinfo_without_a_vendor_scope_reads_nothing_of_the_company(world: World) -> None:
    token = tokens_for(world.bo, openid_app(partner=world.acme), scope="openid")["access_token"]
    userinfo(token)

    with statements(2):  # The token and the person.
        answer = userinfo(token)

    assert "vendor" not in json.loads(answer.content)


def test_token_answer_tells_nothing_unless_the_client_is_set_so(world: World) -> None:
    filled(world.acme)
    new = machine(partner=world.acme, scopes=OPEN)

    before = token_answer(new, *OPEN)
    after = token_answer(set_so(new), *OPEN)

    assert "vendor" not in before
    assert after["vendor"]["contacts"][0]["email"] == "ann@acme.example"
    assert after["vendor"]["_redacted"] == ["tax", "banking", "internal"]  # A manager's.


def test_token_answer_tells_what_this_tokens_scopes_show(world: World) -> None:
    filled(world.acme)
    new = set_so(machine(partner=world.acme, scopes=(*OPEN, "purchase_orders:read")))

    profile = token_answer(new, "vendors:read")["vendor"]

    assert (profile["legal_name"], "addresses" in profile) == ("Acme Aksjeselskap", False)
    assert "vendor" not in token_answer(new, "purchase_orders:read")


def test_token_answer_follows_the_rules_at_once(world: World) -> None:
    filled(world.acme)
    new = set_so(machine(partner=world.acme, scopes=OPEN))
    ClaimRule.objects.filter(role=Role.MANAGER, group="contacts").delete()

    assert "contacts" in token_answer(new, *OPEN)["vendor"]["_redacted"]


def test_a_token_of_the_buyers_own_tells_of_no_company(world: World) -> None:
    new = set_so(machine(scopes=("vendors:read",), projects=[world.office], role=Role.EDITOR))

    assert "vendor" not in token_answer(new, "vendors:read")


def test_an_integration_partner_is_told_of_itself_and_not_what_the_buyer_thinks(
    world: World,
) -> None:
    Partner.objects.filter(pk=world.erp.pk).update(internal_note="Watch them closely")
    new = set_so(machine(partner=world.erp, scopes=("vendors:read", "vendors.address:read")))

    told = token_answer(new, "vendors:read", "vendors.address:read")["vendor"]

    assert told["id"] == world.erp.public_id
    assert "internal" in told["_redacted"]
    assert "Watch them closely" not in json.dumps(told)


def test_code_and_refresh_answers_tell_the_same(world: World) -> None:
    filled(world.acme)
    new, proof = set_so(web_app(partner=world.acme, scopes=(*OPEN, "offline_access"))), pkce()

    first = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)
    second = json.loads(refresh(new, first["refresh_token"]).content)

    assert first["vendor"]["name"] == "Acme"
    assert second["vendor"] == first["vendor"]


def test_a_restricted_group_in_a_token_answer_is_masked_and_an_event(world: World) -> None:
    filled(world.acme)
    new = set_so(
        machine(
            partner=world.acme, scopes=("vendors:read", "vendors.banking:read"), role=Role.ADMIN
        )
    )
    key = client_key()

    bound_token(use_keys(new.client, key), key)

    event = Event.objects.get(action="partner.restricted_read")
    assert (event.data["groups"], event.subject_id) == (["banking"], world.acme.public_id)


@pytest.mark.parametrize(("age", "shown"), ((60, True), (7200, False)))
def test_a_persons_restricted_group_wants_a_strong_and_recent_sign_in(
    world: World,
    age: int,
    shown: bool,  # noqa: FBT001 -- a table
) -> None:
    filled(world.acme)
    ann = person("ann@acme.example")
    at = datetime.now(tz=UTC)
    session = person_session(world, ann, at=at, age=age)
    terms = Terms(scopes=["vendors:read", "vendors.banking:read"])
    client = session.client
    assert client is not None
    Client.objects.filter(pk=client.pk).update(vendor_claims_in_token_response=True)
    client.refresh_from_db()

    told = vendor_for_token(session, client, terms, Origin(), at=at)

    assert ("bank_accounts" in told, "banking" in told["_redacted"]) == (shown, not shown)


def person_session(world: World, user: User, *, at: datetime, age: int) -> Any:
    """A vendor admin's session, signed in so many seconds ago with a second factor."""
    (session,) = sessions(1, client=web_app(partner=world.acme).client)
    session.user, session.partner, session.role = user, world.acme, Role.ADMIN
    session.acr = ACR_MFA
    session.auth_time = datetime.fromtimestamp(at.timestamp() - age, tz=UTC)
    session.save()
    return session


def test_ordinary_clients_pay_nothing_for_it(world: World) -> None:
    access_token(machine(partner=world.acme))  # Keys are remembered per process.
    plain = machine(partner=world.acme, scopes=OPEN)
    told = set_so(machine(partner=world.acme, scopes=OPEN))

    with statements(2):
        access_token(plain)
    with statements(6):  # The rules, the company, contacts and addresses.
        access_token(told)
