"""Whose session's activity is whose: the attacks on the row rule."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import system_actor
from apps.core.errors import ForbiddenError
from apps.core.ids import encode_id
from apps.identity.models import User
from apps.oauth.models import SessionKind, TokenSession
from apps.oauth.services import NewClient, end_session
from apps.partners.models import Partner, Role
from apps.partners.services import add_partner_user
from apps.webhooks.policy import OWN_SESSIONS, WHOLE_TRAIL
from apps.webhooks.selectors import known_session, session_activity
from tests.factories.api_keys import KeyHolder, api_key
from tests.factories.gateway import Caller, problem
from tests.factories.identity import staff_browser
from tests.factories.oauth import access_token, code_for, machine, pkce, redeem, web_app
from tests.factories.people import PASSWORD, person_caller
from tests.factories.procurement import actor_for, auditor_caller
from tests.factories.receipts import seal
from tests.factories.world import SETUP, World, person

pytestmark = pytest.mark.django_db
SCOPES = (OWN_SESSIONS, "purchase_orders:read")


def own(caller: Caller) -> str:
    return str(caller.get("/api/v1/me").json()["session"])


def read(caller: Caller, session_id: str) -> Any:
    return caller.get(f"/api/v1/sessions/{session_id}/activity")


def granted(new: NewClient, user: User) -> Caller:
    """Somebody's token through the client, asked for anew."""
    proof = pkce()
    answer = redeem(new, code_for(user, new, proof, prompt="consent"), proof)
    assert answer.status_code == 200, answer.content
    return Caller(answer.json()["access_token"])


def refused_as_unknown(caller: Caller, session_id: str) -> bool:
    """404, and a signal in the trail."""
    before = Event.objects.filter(action=Action.REQUEST_DENIED).count()
    assert problem(read(caller, session_id)) == (404, "not-found")
    return Event.objects.filter(action=Action.REQUEST_DENIED).count() == before + 1


def colleague(company: Partner) -> User:
    found = person("ann@acme.example")
    add_partner_user(
        actor=SETUP, at=datetime.now(tz=UTC), partner=company, user=found, role=Role.MANAGER
    )
    return found


def test_machine_reads_the_other_sessions_of_its_client(world: World) -> None:
    new = machine(partner=world.acme, scopes=SCOPES)
    first, second = Caller(access_token(new)), Caller(access_token(new))
    seal()

    shown = read(second, own(first)).json()["data"]

    assert [(one["session"], one["action"]) for one in shown] == [(own(first), "token.issued")]
    assert own(first) != own(second)


def test_ended_session_stays_readable_by_another_of_its_client(world: World) -> None:
    new = machine(partner=world.acme, scopes=SCOPES)
    ended, live = Caller(access_token(new)), Caller(access_token(new))
    session = TokenSession.objects.earliest("id")
    end_session(
        actor=system_actor("test"), at=datetime.now(tz=UTC), session=session, reason="no longer"
    )
    seal()

    assert problem(read(ended, session.public_id)) == (401, "token-revoked")
    shown = read(live, session.public_id).json()["data"]
    assert [one["action"] for one in shown] == ["token.issued"]


def test_another_client_of_the_same_company_is_not_oneself(world: World) -> None:
    ours, theirs = (Caller(access_token(machine(partner=world.acme, scopes=SCOPES))) for _ in "ab")

    assert refused_as_unknown(ours, own(theirs))


def test_another_vendor_is_not_oneself(world: World) -> None:
    acme, globex = (
        Caller(access_token(machine(partner=one, scopes=SCOPES)))
        for one in (world.acme, world.globex)
    )

    assert refused_as_unknown(globex, own(acme))


def test_people_of_a_shared_client_read_themselves_only(world: World) -> None:
    shared = web_app(scopes=SCOPES)
    bo, cy = granted(shared, world.bo), granted(shared, world.cy)
    ann, earlier = granted(shared, colleague(world.acme)), granted(shared, world.bo)
    seal()

    assert read(bo, own(earlier)).status_code == 200
    for other in (cy, ann):
        assert refused_as_unknown(bo, own(other))


def test_person_who_changed_companies_leaves_the_old_one_behind(world: World) -> None:
    shared = web_app(scopes=SCOPES)
    before, now = granted(shared, world.bo), granted(shared, world.bo)
    old = own(before)
    TokenSession.objects.filter(pk=TokenSession.objects.earliest("id").pk).update(
        partner=world.globex
    )

    assert refused_as_unknown(now, old)


def test_machine_does_not_read_what_people_did_through_its_client(world: World) -> None:
    new = machine(partner=world.acme, scopes=SCOPES)
    caller = Caller(access_token(new))
    at = datetime.now(tz=UTC)
    session = TokenSession.objects.create(
        kind=SessionKind.USER,
        client=new.client,
        user=world.bo,
        partner=world.acme,
        auth_method="authorization_code",
        created_at=at,
        granted_at=at,
        expires_at=at.replace(year=at.year + 1),
    )

    assert refused_as_unknown(caller, session.public_id)


def test_api_key_reads_its_one_session(world: World) -> None:
    holders = [KeyHolder(api_key(world.acme, scopes=SCOPES).key) for _ in range(2)]
    sessions = [holder.ask(path="/api/v1/me").json()["session"] for holder in holders]
    places = [f"/api/v1/sessions/{one}/activity" for one in sessions]

    assert holders[0].ask(path=places[0]).status_code == 200
    assert problem(holders[0].ask(path=places[1])) == (404, "not-found")


@pytest.mark.parametrize(
    "session_id",
    (
        "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "ses_1",
        "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "%00",
        "ses_" + "Z" * 26,
    ),
)
def test_what_is_no_session_is_404_for_owner_and_auditor(world: World, session_id: str) -> None:
    owner = Caller(access_token(machine(partner=world.acme, scopes=SCOPES)))

    for caller in (owner, auditor_caller(world)):
        assert refused_as_unknown(caller, session_id)


def test_auditor_without_a_fresh_sign_in_reads_its_own_alone(world: World) -> None:
    other = own(Caller(access_token(machine(partner=world.acme, scopes=SCOPES))))
    weak = person_caller(world, "ann@buyer.example", OWN_SESSIONS, WHOLE_TRAIL, steps=(PASSWORD,))
    strong = person_caller(world, "eve@buyer.example", OWN_SESSIONS, WHOLE_TRAIL)

    assert read(weak, own(weak)).status_code == 200
    for session_id in (other, "ses_1"):
        told = problem(read(weak, session_id))
        assert told == (401, "user-authentication-insufficient")
    assert read(strong, other).status_code == 200


def test_auditor_reads_the_session_of_a_member_of_staff(world: World) -> None:
    staff_browser()
    seal()
    session = TokenSession.objects.get(kind=SessionKind.STAFF)

    shown = read(auditor_caller(world), session.public_id).json()["data"]

    assert [one["action"] for one in shown] == ["token_session.opened"]


def test_vendor_is_no_auditor_whatever_its_scopes(world: World) -> None:
    actor = actor_for(world.acme, world.office, exercised=WHOLE_TRAIL)
    known = known_session(actor=actor, session_id=encode_id("ses", actor.session_id or actor.id))

    with pytest.raises(ForbiddenError):
        session_activity(actor=actor, known=known, by_audit=True)
