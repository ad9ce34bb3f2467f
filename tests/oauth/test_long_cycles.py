"""Cycles of many days: one session from the consent to the last order, and never beyond the end of
what it is for.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.identity.models import User
from apps.oauth.models import Client, RefreshToken, TokenSession
from apps.oauth.policy.lifetimes import LONGEST_SESSION, session_end
from apps.procurement.models import OrderRevision
from apps.projects.models import Project
from tests.conformance.stage import ask, claims_in, error_of, signed_in, told
from tests.factories.details import buyer_of, entry, euros, purchasing
from tests.factories.device import answer, device, scanner
from tests.factories.gateway import Caller
from tests.factories.oauth import access_token, code_for, machine, pkce, redeem, refresh, web_app
from tests.factories.policies import policy
from tests.factories.procurement import post_order
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db

TENDER = 31  # Days of the sample tender period of the Open Contracting Data Standard.
SCOPES = ("purchase_orders:read", "purchase_orders:create", "offline_access")
Clock = Callable[[timedelta], datetime]


@pytest.fixture
def later(time_machine: Any) -> Clock:
    """A clock that stands still, moved to so long after the test began."""
    begun = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(minutes=1)

    def move(by: timedelta) -> datetime:
        time_machine.move_to(begun + by, tick=False)
        return begun + by

    move(timedelta())
    return move


@pytest.fixture
def buyer(world: World) -> User:
    return buyer_of(world.office)


@pytest.fixture
def app(world: World) -> Any:
    del world
    return web_app(scopes=SCOPES)


def signed_in_to(app: Any, user: User, **asked: str) -> dict[str, Any]:
    proof = pkce()
    return told(redeem(app, code_for(user, app, proof, **asked), proof))


def submit(caller: Caller, drafted: Any) -> Any:
    return caller.post(f"{drafted['Location']}/submit", {"reason": ""}, If_Match=drafted["ETag"])


def order_of_the_day(caller: Caller, world: World) -> None:
    """Of 510.00."""
    answer = submit(caller, post_order(caller, world))
    assert answer.status_code == 200, answer.content


def ending(which: Project, end: datetime) -> datetime:
    which.access_until = end
    which.save(update_fields=["access_until"])
    return end


def test_session_of_a_tender_names_every_act_to_its_last_day(
    world: World, buyer: User, app: Any, later: Clock
) -> None:
    policy(world.buyer, per_order_max="5000")
    asked = purchasing(entry(world.office, limits={"total": euros(f"{TENDER * 510}.00")}))
    body = signed_in_to(app, buyer, authorization_details=asked)
    session = TokenSession.objects.get()
    days = []

    for day in range(1, TENDER + 1):
        days.append(later(timedelta(days=day)))
        body = told(refresh(app, body["refresh_token"]))
        order_of_the_day(Caller(body["access_token"]), world)

    acts = (Action.TOKEN_REFRESHED, Action.ORDER_CREATED, Action.ORDER_SUBMITTED)
    for action in acts:
        events = Event.objects.filter(action=action).order_by("at")
        assert [*events.values_list("session_id", "at")] == [(session.pk, day) for day in days]
    kept = OrderRevision.objects.order_by("at", "revision")
    assert [*kept.values_list("act", "session_id", "authorization_details_sha256", "at")] == [
        (act, session.pk, session.authorization_details_sha256, day)
        for day in days
        for act in ("create", "submit")
    ]
    assert RefreshToken.objects.filter(session=session).count() == TENDER + 1
    assert TokenSession.objects.filter(user=buyer).count() == 1
    over = post_order(Caller(body["access_token"]), world)
    assert submit(Caller(body["access_token"]), over).json()["code"] == "spend-limit-exceeded"


def test_session_ends_with_the_last_of_its_projects(world: World, app: Any, later: Clock) -> None:
    fleet = project("FLEET", world.buyer)
    ending(world.office, later(timedelta()) + timedelta(days=3))
    end = ending(fleet, later(timedelta()) + timedelta(days=9))

    body = signed_in_to(app, buyer_of(world.office, fleet))

    assert TokenSession.objects.get().expires_at == end
    later(timedelta(days=6))
    alive = told(refresh(app, body["refresh_token"]))
    assert alive["expires_in"] == 600
    assert RefreshToken.objects.get(rotated_at__isnull=True).expires == end
    later(timedelta(days=9) - timedelta(seconds=90))
    last = told(refresh(app, alive["refresh_token"]))
    assert (last["expires_in"], claims_in(last["access_token"])["exp"]) == (90, end.timestamp())
    later(timedelta(days=9))
    assert error_of(refresh(app, last["refresh_token"])) == (400, "invalid_grant")


def test_session_ends_with_the_projects_it_was_asked_for(
    world: World, app: Any, later: Clock
) -> None:
    fleet = project("FLEET", world.buyer)
    end = ending(fleet, later(timedelta()) + timedelta(days=9))
    somebody = buyer_of(world.office, fleet)

    signed_in_to(app, somebody, authorization_details=purchasing(entry(fleet)))

    assert TokenSession.objects.get().expires_at == end


def test_token_for_one_entry_ends_with_that_and_is_not_made_once_it_is_over(
    world: World, app: Any, later: Clock
) -> None:
    fleet = project("FLEET", world.buyer)
    end = timedelta(days=3)
    early = entry(fleet, valid_until=(later(timedelta()) + end).isoformat())
    somebody = buyer_of(world.office, fleet)
    asked = purchasing(early, entry(world.office))
    body = signed_in_to(app, somebody, authorization_details=asked)
    only = {"authorization_details": purchasing(entry(fleet))}

    later(end - timedelta(seconds=60))
    last = told(refresh(app, body["refresh_token"], **only))
    later(end)
    over = refresh(app, last["refresh_token"], **only)
    both = told(refresh(app, last["refresh_token"]))

    assert (last["expires_in"], both["expires_in"]) == (60, 600)
    assert error_of(over) == (400, "invalid_authorization_details")


@pytest.mark.parametrize(
    ("life", "projects", "details", "first"),
    ((9, None, None, 9), (9, 12, 10, 9), (9, 7, None, 7), (9, 7, 8, 7), (9, 7, 6, 6)),
)
def test_session_ends_with_the_first_of_all_that_end_it(
    life: int, projects: int | None, details: int | None, first: int
) -> None:
    """None makes another later (reference 3d)."""
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    days = [begins + timedelta(days=one or 0) for one in (projects, details)]
    limited = [{"valid_until": days[1].isoformat()}] if details else []

    end = session_end(
        begins,
        timedelta(days=life),
        of_projects=days[0] if projects else None,
        details=limited,
    )

    assert end == begins + timedelta(days=first)


@pytest.mark.parametrize(
    ("seconds", "lasts"), ((7 * 86400, 7), (90 * 86400, 90), (400 * 86400, 90))
)
def test_session_lasts_as_its_client_says_and_90_days_at_most(
    seconds: int, lasts: int, buyer: User, app: Any, later: Clock
) -> None:
    Client.objects.filter(pk=app.client.pk).update(session_seconds=seconds)

    signed_in_to(app, buyer)

    assert TokenSession.objects.get().expires_at == later(timedelta()) + timedelta(days=lasts)


def test_client_lets_people_stay_90_days_unless_it_is_told_otherwise(app: Any) -> None:
    client = Client.objects.get(pk=app.client.pk)

    assert timedelta(seconds=client.session_seconds) == LONGEST_SESSION == timedelta(days=90)
    assert timedelta(seconds=client.refresh_idle_seconds) == timedelta(days=7)


def test_refresh_token_that_waits_a_week_is_over(buyer: User, app: Any, later: Clock) -> None:
    body = signed_in_to(app, buyer)
    later(timedelta(days=6, hours=23))
    alive = told(refresh(app, body["refresh_token"]))
    later(timedelta(days=13, hours=23))

    assert error_of(refresh(app, alive["refresh_token"])) == (400, "invalid_grant")


def test_consent_page_says_when_the_project_ends_it(
    world: World, buyer: User, app: Any, later: Clock
) -> None:
    ending(world.office, later(timedelta()) + timedelta(days=3))

    page = ask(signed_in(buyer), app)

    assert page.context["expires_text"].startswith("at most 3 days, or until")


def test_device_stays_no_longer_than_its_project(world: World, buyer: User, later: Clock) -> None:
    end = ending(world.office, later(timedelta()) + timedelta(seconds=300))
    asking = device(scanner())
    answer(buyer, asking)

    body = json.loads(asking.poll().content)

    assert (body["expires_in"], TokenSession.objects.get().expires_at) == (300, end)


def test_machines_token_ends_with_the_last_of_its_projects(world: World, later: Clock) -> None:
    fleet = project("FLEET", world.buyer, world.erp)
    ending(world.office, later(timedelta()) + timedelta(seconds=60))
    end = ending(fleet, later(timedelta()) + timedelta(seconds=120))
    there = machine(partner=world.erp, scopes=["purchase_orders:read"], projects=[world.office])

    both = claims_in(access_token(machine(partner=world.erp, scopes=["purchase_orders:read"])))
    only = claims_in(access_token(there))

    assert both["exp"] == end.timestamp()
    assert only["exp"] == end.timestamp() - 60
    assert TokenSession.objects.order_by("expires_at").last().expires_at == end
