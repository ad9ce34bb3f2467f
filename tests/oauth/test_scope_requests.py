"""Restricted scopes: asked for by one member of staff, given by another, by nobody alone."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import (
    DomainError,
    ForbiddenError,
    InvalidTransitionError,
    ValidationFailedError,
)
from apps.governance.services.offboarding import offboard_partner
from apps.identity.models import StaffRole, User
from apps.oauth.models import Client, RestrictedScopeRequest
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.kinds import client_kind
from apps.oauth.policy.reasons import read_reasons
from apps.oauth.services import (
    NewClient,
    change_client,
    register_client,
    rotate_api_key,
    rotate_secret,
    suspend_client,
)
from apps.oauth.services.scope_requests import approve_scopes, refuse_scopes, withdraw_scopes
from apps.partners.models import Partner, Role
from apps.partners.services import suspend_partner
from tests.factories.scope_requests import BANKING, member
from tests.factories.threads import at_once
from tests.factories.world import SETUP, World, make_world

pytestmark = pytest.mark.django_db
READ = "purchase_orders:read"
WHY = {BANKING: "It pays them.", READ: "It reads its orders."}


def now() -> datetime:
    return datetime.now(tz=UTC)


def register(actor: Actor, partner: Partner, **changes: Any) -> NewClient:
    values: dict[str, Any] = {
        "name": "Acme orders",
        "kind": client_kind(partner),
        "auth_method": AuthMethod.SECRET_BASIC,
        "grant_types": [GrantType.AUTHORIZATION_CODE],
        "redirect_uris": ["https://acme.example/callback"],
        "scopes": [READ, BANKING],
        "reasons": WHY,
        "role": Role.ADMIN,
        "partner": partner,
        **changes,
    }
    return register_client(actor=actor, at=now(), **values)


@pytest.fixture
def officer() -> Actor:
    return member(StaffRole.ONBOARDING_OFFICER)


@pytest.fixture
def security() -> Actor:
    return member(StaffRole.SECURITY_OFFICER)


@pytest.fixture
def request_(world: World, officer: Actor) -> RestrictedScopeRequest:
    found = register(officer, world.acme).request
    assert found is not None
    return found


def approve(actor: Actor, request: RestrictedScopeRequest, **changes: Any) -> Client:
    return approve_scopes(actor=actor, request=request, **{"at": now(), **changes})


def scopes_of(request: RestrictedScopeRequest) -> list[str]:
    return list(Client.objects.get(pk=request.client_id).allowed_scopes)


def state_of(request: RestrictedScopeRequest) -> str:
    return RestrictedScopeRequest.objects.get(pk=request.pk).state


def test_restricted_scope_is_given_when_a_second_person_approves(
    request_: RestrictedScopeRequest, officer: Actor, security: Actor
) -> None:
    before = scopes_of(request_)

    client = approve(security, request_)

    request_.refresh_from_db()
    event = Event.objects.get(action="client.scopes_approved")
    assert (before, scopes_of(request_)) == ([READ], [READ, BANKING])
    assert (request_.state, request_.decided_by_id) == ("approved", security.user_id)
    assert client.scope_reasons == {READ: WHY[READ], BANKING: WHY[BANKING]}
    assert (event.actor_id, event.subject_id) == (security.id, client.client_id)
    assert event.data == {
        "request": request_.public_id,
        "scopes": [BANKING],
        "asked_by": officer.id,
        "approved_by": security.id,
    }


def test_asking_is_told_with_its_reason(request_: RestrictedScopeRequest, officer: Actor) -> None:
    event = Event.objects.get(action="client.scopes_requested")
    created = Event.objects.get(action="client.created")

    assert (event.actor_id, event.data["reasons"]) == (officer.id, {BANKING: WHY[BANKING]})
    assert (event.data["request"], created.data["scopes"]) == (request_.public_id, [READ])


def test_whoever_asked_does_not_approve_nor_refuse(world: World) -> None:
    boss = member()
    request = register(boss, world.acme).request
    assert request is not None

    for decide in (
        lambda: approve(boss, request),
        lambda: refuse_scopes(actor=boss, at=now(), request=request, reason="no"),
    ):
        with pytest.raises(ForbiddenError):
            decide()

    assert (state_of(request), scopes_of(request)) == ("open", [READ])


def test_the_database_keeps_no_approval_by_whoever_asked(
    request_: RestrictedScopeRequest,
) -> None:
    with pytest.raises(IntegrityError):
        RestrictedScopeRequest.objects.update(state="approved", decided_by=request_.asked_by)


@pytest.mark.parametrize(
    "role", (StaffRole.VIEWER, StaffRole.ONBOARDING_OFFICER, StaffRole.PROCUREMENT_MANAGER)
)
def test_a_role_that_does_not_decide_approves_nothing(
    request_: RestrictedScopeRequest, role: StaffRole
) -> None:
    with pytest.raises(ForbiddenError):
        approve(member(role, "another@buyer.example"), request_)

    assert scopes_of(request_) == [READ]


@pytest.mark.parametrize("lost", ({"is_active": False}, {"is_staff": False}))
def test_who_is_staff_no_longer_approves_nothing(
    request_: RestrictedScopeRequest, security: Actor, lost: dict[str, bool]
) -> None:
    User.objects.filter(pk=security.user_id).update(**lost)

    with pytest.raises(ForbiddenError):
        approve(security, request_)


def test_what_somebody_asked_who_is_staff_no_longer_is_not_given(
    request_: RestrictedScopeRequest, officer: Actor, security: Actor
) -> None:
    """Attack: ask, be thrown out, and have a colleague click the next morning."""
    User.objects.filter(pk=officer.user_id).update(is_active=False)

    with pytest.raises(InvalidTransitionError):
        approve(security, request_)

    assert (state_of(request_), scopes_of(request_)) == ("open", [READ])


@pytest.mark.parametrize("role", (StaffRole.VIEWER, StaffRole.SECURITY_OFFICER))
def test_a_role_that_lets_nobody_in_asks_for_nothing(world: World, role: StaffRole) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(member(role), world.acme)

    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/scopes", "restricted")]
    assert (Client.objects.count(), RestrictedScopeRequest.objects.count()) == (0, 0)


def test_asking_without_a_reason_is_refused(world: World, officer: Actor) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(officer, world.acme, reasons={READ: "reads"})

    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/reasons", "required")]
    assert Client.objects.count() == 0


def test_administrator_alone_adds_nothing_restricted_to_a_client(
    world: World, security: Actor
) -> None:
    boss = member()
    client = register(boss, world.acme, scopes=[READ]).client

    changed = change_client(
        actor=boss, at=now(), client=client, scopes=[READ, BANKING, "bids:read"], reasons=WHY
    )

    request = RestrictedScopeRequest.objects.get()
    assert (changed.allowed_scopes, request.scopes) == ([READ, "bids:read"], [BANKING])
    approve(security, request)
    assert scopes_of(request) == [READ, "bids:read", BANKING]


def test_second_request_waits_for_the_first(
    request_: RestrictedScopeRequest, officer: Actor
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        change_client(
            actor=officer,
            at=now(),
            client=request_.client,
            scopes=[READ, "vendors.banking:propose"],
            reasons={"vendors.banking:propose": "It moves."},
        )

    assert "waits already" in refused.value.errors[0].detail


# --- Meanwhile ------------------------------------------------------------------------------------


def test_approval_gives_back_nothing_that_was_taken_meanwhile(
    request_: RestrictedScopeRequest, officer: Actor, security: Actor
) -> None:
    change_client(actor=officer, at=now(), client=request_.client, scopes=[])

    approve(security, request_)

    assert scopes_of(request_) == [BANKING]


@pytest.mark.parametrize(
    "change",
    (
        lambda actor, client: change_client(
            actor=actor, at=now(), client=client, networks=["192.0.2.0/24"]
        ),
        lambda actor, client: rotate_secret(actor=actor, at=now(), client=client),
        lambda actor, client: rotate_api_key(actor=actor, at=now(), client=client),
    ),
)
def test_a_client_that_changed_does_not_get_what_was_asked_for_another(
    request_: RestrictedScopeRequest,
    officer: Actor,
    security: Actor,
    change: Callable[[Actor, Client], object],
) -> None:
    """Attack: have a harmless client looked at, then put other keys into it."""
    change(officer, request_.client)

    with pytest.raises(InvalidTransitionError):
        approve(security, request_)

    event = Event.objects.get(action="client.scopes_withdrawn")
    assert (state_of(request_), scopes_of(request_)) == ("withdrawn", [READ])
    assert (event.actor_id, event.data["reason"]) == (officer.id, "The client was changed.")


def _suspend_partner(request: RestrictedScopeRequest) -> None:
    partner = request.client.partner
    assert partner is not None
    suspend_partner(actor=SETUP, at=now(), partner=partner, reason="x")


@pytest.mark.parametrize(
    "suspend",
    (
        lambda request: suspend_client(
            actor=SETUP, at=now(), client=request.client, reason="misuse"
        ),
        _suspend_partner,
    ),
)
def test_client_that_is_not_active_gets_nothing(
    request_: RestrictedScopeRequest,
    security: Actor,
    suspend: Callable[[RestrictedScopeRequest], object],
) -> None:
    suspend(request_)

    with pytest.raises(InvalidTransitionError):
        approve(security, request_)

    assert (state_of(request_), scopes_of(request_)) == ("open", [READ])


def test_offboarding_ends_what_was_asked_for(
    request_: RestrictedScopeRequest, world: World
) -> None:
    offboard_partner(actor=SETUP, at=now(), partner=world.acme, reason="x")

    assert state_of(request_) == "withdrawn"


def test_request_expires_after_fourteen_days_and_makes_room(
    request_: RestrictedScopeRequest, officer: Actor, security: Actor
) -> None:
    late = request_.asked_at + timedelta(days=14)

    with pytest.raises(InvalidTransitionError):
        approve(security, request_, at=late)
    change_client(
        actor=officer, at=late, client=request_.client, scopes=[READ, BANKING], reasons=WHY
    )

    assert (request_.expires_at, state_of(request_)) == (late, "expired")
    approve(security, RestrictedScopeRequest.objects.get(state="open"), at=late)


# --- Decided once ---------------------------------------------------------------------------------


def test_refused_request_gives_nothing_and_cannot_be_approved(
    request_: RestrictedScopeRequest, security: Actor
) -> None:
    refuse_scopes(actor=security, at=now(), request=request_, reason="too much")

    with pytest.raises(InvalidTransitionError):
        approve(security, request_)
    event = Event.objects.get(action="client.scopes_refused")
    assert (state_of(request_), scopes_of(request_)) == ("refused", [READ])
    assert (event.actor_id, event.data["reason"]) == (security.id, "too much")


def test_withdrawn_request_cannot_be_approved(
    request_: RestrictedScopeRequest, officer: Actor, security: Actor
) -> None:
    with pytest.raises(ForbiddenError):
        withdraw_scopes(actor=security, at=now(), request=request_, reason="x")
    withdraw_scopes(actor=officer, at=now(), request=request_, reason="a mistake")

    with pytest.raises(InvalidTransitionError):
        approve(security, request_)
    assert (state_of(request_), scopes_of(request_)) == ("withdrawn", [READ])


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except DomainError as error:
        return type(error).__name__
    return "done"


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_give_it_once() -> None:
    request = register(member(), make_world().acme).request
    assert request is not None
    others = [member(StaffRole.SECURITY_OFFICER, f"{name}@buyer.example") for name in "ab"]

    outcomes = at_once(*[lambda one=one: _outcome(lambda: approve(one, request)) for one in others])

    assert sorted(outcomes) == ["InvalidTransitionError", "done"]
    assert scopes_of(request) == [READ, BANKING]
    assert Event.objects.filter(action="client.scopes_approved").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ("withdraw", "change"))
def test_of_approving_and_taking_back_at_once_one_wins(how: str) -> None:
    boss = member()
    request = register(boss, make_world().acme).request
    assert request is not None
    other = member(StaffRole.SECURITY_OFFICER)
    takes = {
        "withdraw": lambda: withdraw_scopes(actor=boss, at=now(), request=request, reason="x"),
        "change": lambda: change_client(
            actor=boss, at=now(), client=request.client, networks=["192.0.2.0/24"]
        ),
    }

    approved, _ = at_once(
        lambda: _outcome(lambda: approve(other, request)), lambda: _outcome(takes[how])
    )

    given = BANKING in scopes_of(request)
    assert (approved == "done", state_of(request)) == (
        given,
        "approved" if given else "withdrawn",
    )


def _wait_until_somebody_waits() -> None:
    until = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_approval_waits_for_a_change_under_way_and_overwrites_nothing_of_it() -> None:
    boss = member()
    request = register(boss, make_world().acme).request
    assert request is not None
    other = member(StaffRole.SECURITY_OFFICER)

    with ThreadPoolExecutor(max_workers=1) as threads:
        with transaction.atomic():
            change_client(actor=boss, at=now(), client=request.client, scopes=[])
            begun = threads.submit(at_once, lambda: _outcome(lambda: approve(other, request)))
            _wait_until_somebody_waits()
        assert begun.result() == ["done"]

    assert scopes_of(request) == [BANKING]


# --- The operator's shell -------------------------------------------------------------------------


def test_shell_outside_a_laptop_gives_nothing_restricted_alone(world: World, settings: Any) -> None:
    settings.ENVIRONMENT = "production"

    with pytest.raises(ValidationFailedError) as refused:
        register(SETUP, world.acme)

    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/scopes", "restricted")]
    assert Client.objects.count() == 0


def test_shell_on_a_laptop_sets_up_what_is_tried_out(world: World) -> None:
    new = register(SETUP, world.acme, reasons={})

    assert (new.client.allowed_scopes, new.request) == ([READ, BANKING], None)


def test_staff_on_a_laptop_need_a_second_person_all_the_same(world: World, officer: Actor) -> None:
    assert register(officer, world.acme).client.allowed_scopes == [READ]


def test_actor_who_only_claims_a_strong_role_asks_for_nothing(world: World, officer: Actor) -> None:
    nobody = replace(officer, user_id=None, role=Role.APPROVER_ADMIN)

    with pytest.raises(ValidationFailedError):
        register(nobody, world.acme)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("", {}),
        ("It pays.", {READ: "It pays.", BANKING: "It pays."}),
        (f"{READ}: reads", {READ: "reads"}),
        (f"{READ}: reads\n\nIt\npays.", {READ: "reads", BANKING: "It pays."}),
        ("bids:read: other\nnot a scope: x", {READ: "not a scope: x", BANKING: "not a scope: x"}),
    ),
)
def test_reasons_are_of_one_scope_or_of_the_rest(text: str, expected: dict[str, str]) -> None:
    assert read_reasons(text, [READ, BANKING]) == expected
