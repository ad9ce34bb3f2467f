"""What a trusted issuer's token is worth, and in whose hands: once, for its clients, as strong as
people have to be.
"""

import base64
from typing import Any

import pytest

from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.oauth.models import TokenSession
from apps.oauth.services.issuers import change_issuer
from apps.partners.models import Role
from tests.conformance.stage import claims_in
from tests.factories.identity import staff, staff_browser
from tests.factories.issuers import (
    JWT,
    KEY,
    assertion,
    bear,
    error_of,
    exchange,
    exchanger,
    id_token,
    token_of,
    trusted,
)
from tests.factories.portal import colleague
from tests.factories.scene import page_of
from tests.factories.threads import at_once
from tests.factories.world import SETUP, World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
BO = "bo@acme.example"
REFUSED, BAD_GRANT = (400, "invalid_request"), (400, "invalid_grant")
P256 = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)


def other_signature(token: str) -> str:
    """The same token with the other signature that everybody can make of an ECDSA one."""
    signed, _, text = token.rpartition(".")
    octets = base64.urlsafe_b64decode(text + "==")
    r, s = octets[:32], int.from_bytes(octets[32:])
    again = base64.urlsafe_b64encode(r + (P256 - s).to_bytes(32)).rstrip(b"=").decode()
    return f"{signed}.{again}"


# --- Once (M3) ------------------------------------------------------------------------------------
def test_token_without_an_id_is_exchanged_once(world: World) -> None:
    trusted(partner=world.acme)
    new, token = exchanger(partner=world.acme), id_token(BO)

    answers = [exchange(new, said) for said in (token, token, other_signature(token))]

    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert TokenSession.objects.count() == 1


def test_two_tokens_without_an_id_are_two(world: World) -> None:
    trusted(partner=world.acme)
    new = exchanger(partner=world.acme)

    answers = [exchange(new, id_token(BO, nonce=one)) for one in ("a", "b")]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.django_db(transaction=True)
def test_of_many_exchanges_of_one_token_without_an_id_one_succeeds() -> None:
    world = make_world()
    trusted(partner=world.acme)
    new, token = exchanger(partner=world.acme), id_token(BO)

    statuses = at_once(*[lambda: exchange(new, token).status_code] * 4)

    assert sorted(statuses) == [200, 400, 400, 400]


# --- In whose hands (M4) --------------------------------------------------------------------------
def test_client_of_another_company_comes_with_no_token_of_the_issuer(world: World) -> None:
    trusted(partner=world.acme)
    others = [exchanger(partner=world.erp), exchanger()]

    assert [error_of(exchange(new, id_token(BO))) for new in others] == [REFUSED, REFUSED]
    assert [error_of(bear(new, assertion(BO))) for new in others] == [BAD_GRANT, BAD_GRANT]


def test_named_clients_alone_come_with_its_tokens(world: World, at: Any) -> None:
    issuer = trusted(partner=world.acme)
    named, own = exchanger(partner=world.erp), exchanger(partner=world.acme)
    presenters = [named.client.client_id]
    change_issuer(actor=SETUP, at=at, issuer=issuer, presenters=presenters)

    answers = [exchange(new, id_token(BO, nonce="n")) for new in (own, named)]

    assert [answer.status_code for answer in answers] == [400, 200]
    data = Event.objects.get(action="issuer.changed").data
    assert (data["before"], data["after"]) == ({"presenters": []}, {"presenters": presenters})


def test_unknown_client_is_named_by_no_issuer(world: World) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        trusted(partner=world.acme, presenters=["cli_nobody"])
    with pytest.raises(ValidationFailedError) as too_many:
        trusted(partner=world.acme, presenters=[f"cli_{n}" for n in range(51)])

    codes = [error.errors[0].code for error in (refused.value, too_many.value)]
    assert codes == ["unknown", "too-many"]


def test_staff_name_the_clients_of_an_issuer(world: World) -> None:
    issuer, new = trusted(partner=world.acme), exchanger(partner=world.acme)
    browser = staff_browser()
    page = page_of(type(issuer), "edit", issuer.pk)
    form = browser.get(page).context["form"]
    filled = {field.name: field.value() or "" for field in form}

    browser.post(page, {**filled, "audiences": "x", "presenters": new.client.client_id})

    issuer.refresh_from_db()
    assert issuer.presenters == [new.client.client_id]
    shown = browser.get(page_of(type(issuer), "change", issuer.pk)).content.decode()
    assert new.client.client_id in shown


# --- As strong as people have to be (M5) ----------------------------------------------------------
def test_staff_get_nothing_by_an_issuer_that_says_nothing_of_a_second_factor(
    world: World, settings: Any
) -> None:
    settings.MFA_REQUIRED = True
    trusted(partner=None)
    boss, new = staff(), exchanger()
    world.office.members.create(user=boss, valid_from=boss.created_at)

    weak = exchange(new, id_token(boss.email, amr=["pwd"]))
    unsaid = bear(new, assertion(boss.email))
    strong = exchange(new, id_token(boss.email, amr=["pwd", "mfa"]))

    assert (error_of(weak), error_of(unsaid)) == (REFUSED, BAD_GRANT)
    assert claims_in(token_of(strong))["sub"] == boss.public_id


def test_partners_admin_needs_it_and_their_manager_does_not(world: World, settings: Any) -> None:
    settings.MFA_REQUIRED = True
    trusted(partner=world.acme)
    new, boss = (
        exchanger(partner=world.acme),
        colleague(world.acme, "boss@acme.example", Role.ADMIN),
    )

    answers = [exchange(new, id_token(email)) for email in (boss.user.email, BO)]

    assert [answer.status_code for answer in answers] == [400, 200]


# --- Of the right kind (L16) ----------------------------------------------------------------------
@pytest.mark.parametrize("kind", (JWT, "urn:ietf:params:oauth:token-type:id_token"))
def test_logout_token_that_calls_itself_a_jwt_is_no_word_about_a_person(
    world: World, kind: str
) -> None:
    trusted(partner=world.acme)
    new = exchanger(partner=world.acme)
    events = {"http://schemas.openid.net/event/backchannel-logout": {}}

    logout = id_token(BO, KEY, header={"typ": "JWT"}, events=events)
    access = id_token(BO, KEY, header={"typ": "at+jwt"})

    answers = [exchange(new, token, kind) for token in (logout, access)]
    assert [error_of(answer) for answer in answers] == [REFUSED, REFUSED]
