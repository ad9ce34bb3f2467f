"""RFC 9396: ways to more than was granted, each of which must fail."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apps.core.canonical import canonical_digest
from apps.oauth.keys import sign_access_token
from apps.oauth.models import AccessToken, TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.selectors import token_state
from tests.conformance.compliance import conforms
from tests.conformance.stage import call_api, claims_in, error_of, post, told
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
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger
from tests.factories.oauth import code_for, machine, pkce, redeem, refresh, web_app
from tests.factories.policies import next_version, now, policy
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
REFUSED = (400, "invalid_authorization_details")
# What goes beyond GRANTED, member by member.
GRANTED = {
    "actions": ["create"],
    "categories": ["43"],
    "limits": {"per_order": euros("500.00"), "per_period": euros("900.00", days=30)},
}
WIDER: tuple[dict[str, Any], ...] = (
    {"actions": ["create", "submit"]},
    {"actions": ["approve"]},
    {"categories": ["43", "14"]},
    {"categories": ["14"]},
    {"limits": {"per_order": euros("500.01")}},
    {"limits": {"per_order": {"amount": "1.00", "currency": "SEK"}}},
    {"limits": {"per_period": euros("900.00", days=31)}},
    {"limits": {"per_period": euros("1.00", days=1)}},
    {"valid_until": "2999-01-01T00:00:00Z"},
    {"datatypes": ["profile", "banking"]},
)


def machine_of(world: World) -> Any:
    """The ERP's machine, that may narrow its own tokens."""
    new = erp(world)
    new.client.grant_types = [GrantType.CLIENT_CREDENTIALS, GrantType.TOKEN_EXCHANGE]
    new.client.save(update_fields=["grant_types"])
    return new


def granted_entry(world: World) -> dict[str, Any]:
    return entry(world.office, **GRANTED, datatypes=["profile"])


def swap(new: Any, token: str, *entries: dict[str, Any]) -> Any:
    """The exchange of one of our tokens, for one with these limits."""
    asked = {"authorization_details": purchasing(*entries)} if entries else {}
    return exchange(new, token, ACCESS_TOKEN, scope=CREATE, **asked)


# --- By refresh -----------------------------------------------------------------------------------
@pytest.fixture
def app(world: World) -> Any:
    del world
    return web_app(scopes=[CREATE, "offline_access"])


def first(world: World, app: Any, *entries: dict[str, Any], email: str = "a@x.example") -> Any:
    proof, buyer = pkce(), buyer_of(world.office, email=email)
    asked = purchasing(*(entries or (granted_entry(world),)))
    return told(redeem(app, code_for(buyer, app, proof, authorization_details=asked), proof))


@conforms("RFC 9396", "6.1", "A refresh that goes beyond what was granted in any member fails.")
def test_refresh_never_widens(world: World, app: Any) -> None:
    body = first(world, app)

    answers = [
        refresh(
            app,
            body["refresh_token"],
            authorization_details=purchasing({**entry(world.office), **wider}),
        )
        for wider in WIDER
    ]

    assert [error_of(one) for one in answers] == [REFUSED] * len(WIDER)
    after = told(refresh(app, body["refresh_token"]))
    assert after["authorization_details"] == body["authorization_details"]


@conforms("RFC 9396", "6.1", "To leave a member out is to leave it as it was granted.")
def test_asking_for_less_is_not_asking_for_more(world: World, app: Any) -> None:
    """What an entry does not say it does not restrict, so a short one would be the widest."""
    body = first(world, app)

    short = purchasing(entry(world.office))
    answer = told(refresh(app, body["refresh_token"], authorization_details=short))

    assert answer["authorization_details"] == body["authorization_details"]


def test_one_limit_that_is_named_does_not_drop_the_other(world: World, app: Any) -> None:
    body = first(world, app)

    lower = purchasing(entry(world.office, limits={"per_order": euros("1.00")}))
    (found,) = told(refresh(app, body["refresh_token"], authorization_details=lower))[
        "authorization_details"
    ]

    assert found["limits"] == {**GRANTED["limits"], "per_order": euros("1.00")}


def test_refresh_does_not_take_what_another_session_was_granted(world: World, app: Any) -> None:
    body = first(world, app)
    richer = first(
        world, app, entry(world.office, limits={"per_order": euros("9999.00")}), email="b@x.example"
    )

    theirs = json.dumps(richer["authorization_details"])
    answer = refresh(app, body["refresh_token"], authorization_details=theirs)

    assert error_of(answer) == REFUSED


# --- By a project that was not granted ------------------------------------------------------------
@conforms("RFC 9396", "5", "A project the client may not act in is refused.")
def test_project_that_is_not_open_to_the_client_is_refused(world: World) -> None:
    elsewhere, nowhere = project("ELSEWHERE", world.buyer, world.acme), entry(world.office)
    nowhere["identifier"] = "prj_7zzzzzzzzzzzzzzzzzzzzzzzzz"

    answers = [ask_machine(erp(world), one) for one in (entry(elsewhere), nowhere)]

    assert [error_of(one) for one in answers] == [REFUSED, REFUSED]
    assert not TokenSession.objects.exists()


def test_refresh_and_exchange_add_no_project(world: World, app: Any) -> None:
    fleet, new = project("FLEET", world.buyer, world.erp), machine_of(world)
    body = first(world, app)
    token = told(ask_machine(new, granted_entry(world)))["access_token"]
    both = (entry(world.office), entry(fleet))

    answers = [
        refresh(app, body["refresh_token"], authorization_details=purchasing(*both)),
        refresh(app, body["refresh_token"], authorization_details=purchasing(both[1])),
        swap(new, token, *both),
        swap(new, token, both[1]),
    ]

    assert [error_of(one) for one in answers] == [REFUSED] * 4


# --- By exchange ----------------------------------------------------------------------------------
@conforms("RFC 9396", "6.1", "An exchange that goes beyond the token in any member fails.")
def test_exchange_never_widens(world: World) -> None:
    new = machine_of(world)
    token = told(ask_machine(new, granted_entry(world)))["access_token"]

    answers = [swap(new, token, {**entry(world.office), **wider}) for wider in WIDER]

    assert [error_of(one) for one in answers] == [REFUSED] * len(WIDER)


def test_exchange_for_nothing_or_little_keeps_the_limits(world: World) -> None:
    new = machine_of(world)
    body = told(ask_machine(new, granted_entry(world)))

    kept = [told(swap(new, body["access_token"], *asked)) for asked in ((), (entry(world.office),))]

    expected = [body["authorization_details"]] * 2
    assert [one["authorization_details"] for one in kept] == expected


def test_exchange_after_a_policy_was_loosened_frees_nobody(world: World) -> None:
    """The limits stay, and so does the moment whose policies bind it: that of the first token."""
    new, rule = machine_of(world), policy(world.buyer, per_order_max="50")
    body = told(ask_machine(new, entry(world.office)))
    since = TokenSession.objects.get()
    next_version(rule, per_order_max="9000")

    again = told(swap(new, told(swap(new, body["access_token"]))["access_token"]))

    (found,) = again["authorization_details"]
    state = token_state(claims_in(again["access_token"])["jti"], at=now())
    assert found["limits"] == {"per_order": euros("50.00")}
    assert state is not None
    assert state.exchanged_from[0] == (since.pk, new.client.client_id, since.granted_at)
    assert len(state.exchanged_from) == 2


def test_exchange_under_a_tightened_policy_is_told_so(world: World) -> None:
    new, rule = machine_of(world), policy(world.buyer, per_order_max="50")
    token = told(ask_machine(new, entry(world.office)))["access_token"]
    next_version(rule, per_order_max="5")

    (found,) = told(swap(new, token))["authorization_details"]

    assert found["limits"] == {"per_order": euros("5.00")}


def test_exchange_by_another_client_keeps_what_bound_the_first(world: World, app: Any) -> None:
    """A policy may name the first client alone; whoever acts for it is bound by it too."""
    policy(world.buyer, client_id=app.client.client_id, per_order_max="50")
    service = exchanger(is_resource_server=True, scopes=BUYING)
    token = first(world, app, entry(world.office))["access_token"]

    body = told(swap(service, token))

    state = token_state(claims_in(body["access_token"])["jti"], at=now())
    assert body["authorization_details"][0]["limits"] == {"per_order": euros("50.00")}
    assert state is not None
    assert [one.client_id for one in state.exchanged_from] == [app.client.client_id]


def test_exchange_leaves_out_actions_that_no_scope_allows_any_more(world: World) -> None:
    new = machine_of(world)
    token = told(ask_machine(new, entry(world.office), scope=" ".join(BUYING)))["access_token"]

    body = told(swap(new, token))

    assert body["authorization_details"][0]["actions"] == ["create", "submit"]


def test_exchange_leaves_out_a_project_that_has_closed(world: World) -> None:
    fleet, new = project("FLEET", world.buyer, world.erp), machine_of(world)
    token = told(ask_machine(new, entry(world.office), entry(fleet)))["access_token"]
    fleet.access_until = now() - timedelta(seconds=1)
    fleet.save()

    body = told(swap(new, token))

    named = [one["identifier"] for one in body["authorization_details"]]
    assert named == [world.office.public_id]


# --- By a token that says something else than its record ------------------------------------------
def forged(token: str, **changes: Any) -> str:
    """The token with other claims, signed by our own key: worse than anybody outside could do."""
    claims = {**claims_in(token), **changes}
    return sign_access_token({name: v for name, v in claims.items() if v is not None})


@conforms("RFC 9396", "9", "A token's limits count only if they are those that were granted.")
@pytest.mark.parametrize("kind", ("wider", "none", "another session's"))
def test_limits_that_were_not_granted_are_refused_everywhere(kind: str, world: World) -> None:
    new, server = machine_of(world), machine(is_resource_server=True)
    token = told(ask_machine(new, granted_entry(world)))["access_token"]
    other = told(ask_machine(new, entry(world.office)))["authorization_details"]
    mine = claims_in(token)["authorization_details"]
    limits = {"per_order": euros("999999.00")}
    details = {"wider": [{**mine[0], "limits": limits}], "none": None, "another session's": other}
    bad = forged(token, authorization_details=details[kind])

    answer = call_api(bad)

    assert (answer.status_code, told(answer)["code"]) == (401, "token-invalid")
    assert error_of(swap(new, bad))[0] == 400
    assert told(post("/oauth/introspect", {"token": bad}, new=server)) == {"active": False}


def test_limits_on_a_token_that_was_granted_none_are_refused(world: World) -> None:
    """Narrower or not: they are not what the record says."""
    form = {"grant_type": "client_credentials", "scope": CREATE}
    token = told(post("/oauth/token", form, new=erp(world)))["access_token"]

    answer = call_api(forged(token, authorization_details=[entry(world.office)]))

    assert (answer.status_code, told(answer)["code"]) == (401, "token-invalid")


@conforms("RFC 9396", "9", "What was granted is bound to the token by its digest.")
def test_a_record_that_was_changed_ends_its_tokens(world: World) -> None:
    token = told(ask_machine(erp(world), granted_entry(world), scope=" ".join(BUYING)))[
        "access_token"
    ]
    session = TokenSession.objects.get()
    before = call_api(token).status_code

    TokenSession.objects.update(authorization_details_sha256=canonical_digest([]))

    assert session.authorization_details_sha256 == canonical_digest(session.authorization_details)
    assert (before, call_api(token).status_code) == (200, 401)


def test_narrowed_token_is_bound_to_its_own_digest(world: World, app: Any) -> None:
    body = first(world, app)
    lower = purchasing(entry(world.office, limits={"per_order": euros("1.00")}))
    narrow = told(refresh(app, body["refresh_token"], authorization_details=lower))["access_token"]
    whole = claims_in(body["access_token"])["authorization_details"]

    answers = [call_api(one) for one in (narrow, forged(narrow, authorization_details=whole))]

    # The first is known, and its scope does not read orders.
    assert [one.status_code for one in answers] == [403, 401]
    assert AccessToken.objects.filter(narrowed_details_sha256="").count() == 1
