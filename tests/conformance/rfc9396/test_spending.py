"""RFC 9396: what was granted holds where it is used, order by order; each order costs EUR 500."""

from typing import Any

import pytest

from apps.oauth.models.clients import GrantType
from tests.conformance.compliance import conforms
from tests.conformance.stage import told
from tests.factories.details import (
    BUYING,
    CREATE,
    ask_machine,
    buyer_of,
    entry,
    erp,
    euros,
    purchasing,
)
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger
from tests.factories.oauth import access_token, code_for, pkce, redeem, refresh, web_app
from tests.factories.policies import next_version, policy
from tests.factories.procurement import order_payload, post_order
from tests.factories.world import World

pytestmark = pytest.mark.django_db
TOO_MUCH = (403, "spend-limit-exceeded")


def submit(token: str, world: World) -> Any:
    """What the API answers to an order of EUR 500 that is drafted and submitted."""
    caller = Caller(token)
    draft = post_order(caller, world)
    assert draft.json()["totals"]["tax_exclusive"] == "500.00"
    return caller.post(f"{draft['Location']}/submit", {"reason": ""}, If_Match=draft["ETag"])


def machines_token(new: Any, *entries: dict[str, Any]) -> str:
    return str(told(ask_machine(new, *entries, scope=" ".join(BUYING)))["access_token"])


def swapped(new: Any, token: str, **asked: str) -> str:
    answer = exchange(new, token, ACCESS_TOKEN, scope=" ".join(BUYING[:2]), **asked)
    assert answer.status_code == 200, answer.content
    return str(told(answer)["access_token"])


@pytest.fixture
def own(world: World) -> Any:
    """The ERP's machine, that may narrow its own tokens."""
    new = erp(world)
    new.client.grant_types = [GrantType.CLIENT_CREDENTIALS, GrantType.TOKEN_EXCHANGE]
    new.client.save(update_fields=["grant_types"])
    return new


@conforms("RFC 9396", "9", "The resource server holds a token to what it was granted.")
def test_order_within_the_limit_is_taken_and_one_beyond_it_is_not(world: World, own: Any) -> None:
    enough = entry(world.office, limits={"per_order": euros("500.00")})
    little = entry(world.office, limits={"per_order": euros("499.99")})

    answers = [submit(machines_token(own, one), world) for one in (enough, little)]

    assert answers[0].status_code == 200
    assert problem(answers[1]) == TOO_MUCH


@conforms("RFC 9396", "6.1", "A token that was narrowed at a refresh is held to that.")
def test_token_narrowed_at_a_refresh_spends_no_more(world: World) -> None:
    app, proof = web_app(scopes=[*BUYING[:2], "offline_access"]), pkce()
    asked = purchasing(entry(world.office))
    code = code_for(buyer_of(world.office), app, proof, authorization_details=asked)
    body = told(redeem(app, code, proof))
    lower = purchasing(entry(world.office, limits={"per_order": euros("10.00")}))
    narrow = told(refresh(app, body["refresh_token"], authorization_details=lower))

    answers = [submit(one["access_token"], world) for one in (narrow, body)]

    assert problem(answers[0]) == TOO_MUCH
    assert answers[1].status_code == 200


@conforms("RFC 9396", "6.1", "Exchanges share the budget of the token they came of.")
def test_exchange_is_no_fresh_budget(world: World, own: Any) -> None:
    token = machines_token(own, entry(world.office, limits={"total": euros("1200.00")}))
    first, second = swapped(own, token), swapped(own, swapped(own, token))

    answers = [submit(one, world) for one in (first, token, second)]

    assert [one.status_code for one in answers[:2]] == [200, 200]
    assert problem(answers[2]) == TOO_MUCH
    assert answers[2].json()["remaining"] == "200.00"


def test_policy_that_is_tightened_binds_at_the_next_request(world: World, own: Any) -> None:
    rule = policy(world.buyer, per_order_max="500")
    limited, plain = machines_token(own, entry(world.office)), access_token(own)
    before = [submit(one, world).status_code for one in (limited, plain)]
    next_version(rule, per_order_max="499.99")

    after = [problem(submit(one, world)) for one in (limited, plain)]

    assert (before, after) == ([200, 200], [TOO_MUCH, TOO_MUCH])


def test_policy_that_is_loosened_widens_no_live_token(world: World, own: Any) -> None:
    """With details or without, exchanged since or not; only a new grant has more."""
    rule = policy(world.buyer, per_order_max="499.99")
    limited, plain = machines_token(own, entry(world.office)), access_token(own)
    next_version(rule, per_order_max="500")

    tokens = (limited, plain, swapped(own, limited), swapped(own, plain))
    answers = [problem(submit(one, world)) for one in tokens]

    assert answers == [TOO_MUCH] * 4
    assert submit(access_token(own), world).status_code == 200


def test_policy_that_names_a_client_binds_whoever_exchanges_its_tokens(world: World) -> None:
    app, proof = web_app(scopes=BUYING[:2]), pkce()
    policy(world.buyer, client_id=app.client.client_id, per_order_max="499.99")
    token = told(redeem(app, code_for(buyer_of(world.office), app, proof), proof))["access_token"]
    service = exchanger(is_resource_server=True, scopes=BUYING)

    answer = submit(swapped(service, token), world)

    assert problem(answer) == TOO_MUCH


def test_entry_that_is_narrowed_to_an_action_allows_no_other(world: World, own: Any) -> None:
    token = machines_token(own, entry(world.office, actions=["create"]))

    assert problem(submit(token, world)) == (403, "action-not-granted")


def test_scope_alone_grants_no_action_that_the_entry_leaves_out(world: World, own: Any) -> None:
    token = told(ask_machine(own, entry(world.office, actions=["submit"]), scope=CREATE))

    answer = Caller(token["access_token"]).post(ORDERS, order_payload(world))

    assert problem(answer) == (403, "action-not-granted")
