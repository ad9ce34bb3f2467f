"""Races of the device grant, with threads on real PostgreSQL."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.oauth.models import AccessToken, DeviceGrant, TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import resume_client, suspend_client
from tests.conformance.compliance import conforms
from tests.factories.device import answer, browser_of, decide, device, scanner, type_code
from tests.factories.threads import at_once
from tests.factories.world import SETUP, World, make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def world(transactional_db: None) -> World:  # noqa: ARG001 -- asks for committed rows
    return make_world()


@conforms("Library", "finding 3", "Eight parallel redemptions of a device code have one winner.")
def test_eight_parallel_redemptions_have_one_winner(world: World) -> None:
    new = scanner(partner=world.acme)
    for _ in range(3):
        asking = device(new)
        answer(world.bo, asking)
        AccessToken.objects.all().delete()

        answers = at_once(*[asking.poll] * 8)

        assert Counter(one.status_code for one in answers) == {200: 1, 400: 7}
        errors = {json.loads(one.content).get("error") for one in answers} - {None}
        assert errors == {"invalid_grant"}
        assert AccessToken.objects.count() == 1
    assert live_sessions(at=datetime.now(tz=UTC)).count() == 0  # Reuse revoked them all.


def test_of_eight_parallel_polls_one_is_patient(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    answers = at_once(*[asking.poll] * 8)

    errors = Counter(json.loads(one.content)["error"] for one in answers)
    assert errors == {"authorization_pending": 1, "slow_down": 7}
    assert DeviceGrant.objects.get().interval == 5 + 7 * 5


def test_code_allowed_eight_times_in_parallel_opens_one_session(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    browsers = [browser_of(world.bo) for _ in range(8)]
    pages = [(one, type_code(one, asking.user_code)) for one in browsers]

    answers = at_once(*[lambda b=b, p=p: decide(b, p) for b, p in pages])

    assert Counter(one.status_code for one in answers) == {200: 1, 409: 7}
    assert TokenSession.objects.count() == 1
    assert Event.objects.filter(action=Action.CONSENT_GIVEN).count() == 1


def test_denying_and_allowing_at_once_agree_on_one_answer(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    browsers = [browser_of(world.bo) for _ in range(6)]
    pages = [(one, type_code(one, asking.user_code)) for one in browsers]
    decisions = ["allow", "deny"] * 3

    answers = at_once(
        *[lambda b=b, p=p, d=d: decide(b, p, d) for (b, p), d in zip(pages, decisions, strict=True)]
    )

    allowed = DeviceGrant.objects.get().status == DeviceGrant.Status.ALLOWED
    assert Counter(one.status_code for one in answers) == {200: 1, 409: 5}
    assert TokenSession.objects.count() == int(allowed)


def test_client_suspended_between_answer_and_redemption_leaves_nothing_alive(
    world: World,
) -> None:
    new = scanner(partner=world.acme)
    asking = device(new)
    answer(world.bo, asking)

    def suspend() -> None:
        suspend_client(actor=SETUP, at=datetime.now(tz=UTC), client=new.client, reason="race")

    answers = [one for one in at_once(*[asking.poll] * 3, suspend) if one is not None]
    at = datetime.now(tz=UTC)
    while_suspended = live_sessions(at=at).count()
    resume_client(actor=SETUP, at=at, client=new.client, reason="race")

    assert {one.status_code for one in answers} <= {200, 400, 401}
    assert (while_suspended, live_sessions(at=at).count()) == (0, 0)
    assert asking.poll().status_code == 400
