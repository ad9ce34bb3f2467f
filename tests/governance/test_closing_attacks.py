"""Nothing granted before a project closed acts in it after, whatever it is and whatever the project
becomes. Each kind of credential by itself.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.oauth.models import TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.selectors import live_sessions
from apps.oauth.services import NewClient
from apps.partners.models import Role
from apps.projects.models import Project
from apps.projects.services import hold_project, resume_project
from tests.factories.api_keys import KeyHolder, api_key
from tests.factories.closing import close, reopen
from tests.factories.details import TYPE, ask_machine, entry
from tests.factories.device import answer as let_in
from tests.factories.device import device, scanner
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger, token_of
from tests.factories.oauth import (
    access_token,
    authorize_query,
    basic,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    refresh,
    web_app,
)
from tests.factories.procurement import order_payload
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db
READ = ["purchase_orders:read"]
Use = Callable[[], tuple[int, str]]
REVOKED = (401, "token-revoked")
INVALID_GRANT = (400, "invalid_grant")


@pytest.fixture(autouse=True)
def _keys_exist(settings: Any) -> None:
    settings.LEGACY_API_KEYS = True


def oauth_error(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content).get("error", "")


def asks(token: str) -> Use:
    def use() -> tuple[int, str]:
        answer = Caller(token).get(ORDERS)
        return problem(answer) if answer.status_code != 200 else (200, "")

    return use


def machine_token(world: World) -> Use:
    return asks(access_token(machine(partner=world.acme, scopes=READ)))


def persons_tokens(world: World) -> tuple[NewClient, dict[str, Any]]:
    new, proof = web_app(partner=world.acme), pkce()
    answer = redeem(new, code_for(world.bo, new, proof), proof)
    return new, json.loads(answer.content)


def person_token(world: World) -> Use:
    return asks(persons_tokens(world)[1]["access_token"])


def refresh_token(world: World) -> Use:
    new, told = persons_tokens(world)
    return lambda: oauth_error(refresh(new, told["refresh_token"]))


def unredeemed_code(world: World) -> Use:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)
    return lambda: oauth_error(redeem(new, code, proof))


def allowed_device(world: World) -> Use:
    waiting = device(scanner(partner=world.acme, scopes=READ))
    assert let_in(world.bo, waiting).status_code == 200
    return lambda: oauth_error(waiting.poll())


def legacy_key(world: World) -> Use:
    holder = KeyHolder(api_key(world.acme).key)

    def use() -> tuple[int, str]:
        answer = holder.ask()
        return problem(answer) if answer.status_code != 200 else (200, "")

    return use


def exchanged_token(world: World) -> Use:
    """Of a service that acts for the person, by a token that was sent to it."""
    app, proof = exchanger(partner=world.acme, grants=(GrantType.AUTHORIZATION_CODE,)), pkce()
    first = json.loads(redeem(app, code_for(world.bo, app, proof), proof).content)["access_token"]
    service = exchanger(is_resource_server=True)
    return asks(token_of(exchange(service, first, ACCESS_TOKEN, scope=None)))


def narrowed_token(world: World) -> Use:
    buying = machine(partner=world.erp, scopes=["purchase_orders:create", *READ])
    answer = ask_machine(buying, entry(world.office), scope="purchase_orders:create " + READ[0])
    return asks(json.loads(answer.content)["access_token"])


CREDENTIALS = {
    machine_token: REVOKED,
    person_token: REVOKED,
    refresh_token: INVALID_GRANT,
    unredeemed_code: INVALID_GRANT,
    allowed_device: INVALID_GRANT,
    legacy_key: REVOKED,
    exchanged_token: REVOKED,
    narrowed_token: REVOKED,
}


@pytest.mark.parametrize("make", CREDENTIALS, ids=lambda make: make.__name__)
def test_credential_from_before_is_dead_for_good(
    world: World, make: Callable[[World], Use]
) -> None:
    use = make(world)
    close(world.office)
    closed = use()
    reopen(world.office)

    assert (closed, use()) == (CREDENTIALS[make], CREDENTIALS[make])
    assert live_sessions(at=datetime.now(tz=UTC)).count() == 0


@pytest.mark.parametrize("make", CREDENTIALS, ids=lambda make: make.__name__)
def test_credential_from_before_does_not_wind_down(
    world: World, make: Callable[[World], Use]
) -> None:
    use = make(world)

    close(world.office, wind_down_days=7)

    assert use() == CREDENTIALS[make]


@pytest.mark.parametrize("make", CREDENTIALS, ids=lambda make: make.__name__)
def test_flip_alone_refuses_before_any_row_was_ended(
    world: World, make: Callable[[World], Use]
) -> None:
    use = make(world)

    close(world.office, most_rows=0)
    ended = TokenSession.objects.filter(ended_at__isnull=False).exclude(kind="api_key")

    assert (use(), ended.count()) == (CREDENTIALS[make], 0)


def test_new_grants_work_once_it_is_open_again(world: World) -> None:
    close(world.office)
    reopen(world.office)

    assert machine_token(world)() == (200, "")
    assert person_token(world)() == (200, "")
    assert legacy_key(world)() == (200, "")


def test_hold_and_resume_bring_nothing_back_either(world: World) -> None:
    use, at = machine_token(world), datetime.now(tz=UTC)

    hold_project(actor=SETUP, at=at, project=world.office, reason="A look")
    resume_project(actor=SETUP, at=at, project=world.office, reason="All is well")

    assert use() == REVOKED


def test_pushed_request_about_the_project_is_over_with_it(world: World) -> None:
    new, proof = web_app(scopes=("purchase_orders:create",), partner=world.erp), pkce()
    asked = {
        **authorize_query(new, proof),
        "authorization_details": json.dumps([entry(world.office)]),
    }
    pushed = post_form("/oauth/par", asked, authorization=basic(new.client, new.secret))
    assert pushed.status_code == 201, pushed.content

    closing = close(world.office)

    assert closing.counts["requests"] == 1


def test_device_that_waits_for_an_answer_about_the_project_is_denied(world: World) -> None:
    new = scanner(partner=world.erp, scopes=["purchase_orders:create"])
    asked = json.dumps([{"type": TYPE, "identifier": world.office.public_id}])
    waiting = device(new, authorization_details=asked)

    close(world.office)

    assert oauth_error(waiting.poll()) == (400, "access_denied")


@pytest.fixture
def two(world: World) -> tuple[Caller, Project, Any]:
    """A session of two projects, and an order in the one that is going to close."""
    other = project("OTHER", world.buyer, world.acme)
    scopes = ["purchase_orders:create", "purchase_orders:read", "projects:read"]
    new = machine(scopes=scopes, projects=[world.office, other], role=Role.EDITOR)
    caller = Caller(access_token(new))
    return caller, other, caller.post(ORDERS, order_payload(world))


def test_session_of_two_projects_goes_on_in_the_other(
    world: World, two: tuple[Caller, Project, Any]
) -> None:
    caller, other, created = two

    close(world.office)

    assert problem(caller.get(created["Location"])) == (403, "project-closed")
    refused = caller.post(ORDERS, order_payload(world))
    assert problem(refused) == (403, "project-closed")
    accepted = caller.post(ORDERS, order_payload(world, project=other.public_id))
    assert accepted.status_code == 201
    assert [row["id"] for row in caller.get(ORDERS).json()["data"]] == [accepted.json()["id"]]


def test_replay_and_batch_tell_nothing_of_the_closed_project(
    world: World, two: tuple[Caller, Project, Any]
) -> None:
    caller, _, _ = two
    payload, key = order_payload(world), "one-key"
    assert caller.post(ORDERS, payload, Idempotency_Key=key).status_code == 201
    item = {"key": "batched-one", "body": payload}
    batch = {"type": "purchase_orders.create", "atomic": False, "items": [item]}

    close(world.office)
    answer = caller.post("/api/v1/batches", batch).json()

    replayed = caller.post(ORDERS, payload, Idempotency_Key=key)
    assert problem(replayed) == (403, "project-closed")
    assert [one["problem"]["code"] for one in answer["items"]] == ["project-closed"]
