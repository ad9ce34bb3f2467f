"""RFC 9396 section 7.1: the server says more, and less, than it was asked: what policies allow."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.identity.models import User
from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    ISSUER,
    allow,
    ask,
    claims_in,
    error_of,
    post,
    sent_back,
    signed_in,
    told,
)
from tests.factories import device
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
from tests.factories.issuers import assertion, bear, exchanger, trusted
from tests.factories.oauth import authorize_query, machine, pkce, redeem, refresh, web_app
from tests.factories.policies import next_version, now, policy
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(world: World) -> Any:
    """What the buyer lets everybody buy."""
    return policy(
        world.buyer,
        vendors=[world.acme.pk],
        categories_allowed=["43"],
        per_order_max="5000",
        per_period_max="20000",
        period_days=30,
        cumulative_max="60000",
    )


@pytest.fixture
def enriched(world: World, rule: Any) -> dict[str, Any]:
    """An entry that was asked for in short, as it is granted for scopes to create."""
    return entry(
        world.office,
        locations=[f"{ISSUER}/api/v1"],
        actions=["create", "submit"],
        vendors=[world.acme.public_id],
        categories=["43"],
        limits={
            "per_order": euros("5000.00"),
            "per_period": euros("20000.00", days=30),
            "total": euros("60000.00"),
        },
        policy_version=rule.version,
        valid_until=world.office.access_until.isoformat().replace("+00:00", "Z"),
    )


@pytest.fixture
def buyer(world: World) -> User:
    return buyer_of(world.office)


@pytest.fixture
def app(world: World) -> Any:
    del world
    return web_app(scopes=[CREATE, "offline_access"])


def granted(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    return list(told(answer)["authorization_details"])


# --- In every flow --------------------------------------------------------------------------------
@conforms("RFC 9396", "7.1", "An entry asked for in short is granted with what policies say.")
def test_machine_is_told_what_its_policies_allow(
    world: World, enriched: dict[str, Any], rule: Any
) -> None:
    answer = ask_machine(erp(world), entry(world.office))

    session = TokenSession.objects.get()
    assert granted(answer) == [enriched]
    assert claims_in(told(answer)["access_token"])["authorization_details"] == [enriched]
    assert session.authorization_details == [enriched]
    assert session.policy_version == rule.version


@conforms("RFC 9396", "7.1", "A person is shown the entry as it is granted, and its code gives it.")
def test_code_gives_what_the_page_showed(
    world: World, buyer: User, app: Any, enriched: dict[str, Any], rule: Any
) -> None:
    proof, browser = pkce(), signed_in(buyer)
    page = ask(browser, app, proof, authorization_details=purchasing(entry(world.office)))

    answer = redeem(app, sent_back(allow(browser, page))["code"], proof)

    assert granted(answer) == [enriched]
    assert page.context["limits"] == [
        [
            "Only in the project OFFICE Office.",
            "May create and submit purchase orders.",
            "Buys only from Acme.",
            "Buys only in the UNSPSC categories 43.",
            "Spends at most EUR 5,000.00 for one order.",
            "Spends at most EUR 20,000.00 within 30 days.",
            "Spends at most EUR 60,000.00 altogether.",
            f"By the purchasing policies up to version {rule.version}.",
            f"Until {world.office.access_until:%-d %b %Y, %H:%M} UTC.",
        ]
    ]


@conforms("RFC 9396", "7.1", "A pushed request is enriched when it is granted.")
def test_pushed_request_is_granted_with_what_policies_say(
    world: World, buyer: User, app: Any, enriched: dict[str, Any]
) -> None:
    proof, browser = pkce(), signed_in(buyer)
    query = authorize_query(app, proof, authorization_details=purchasing(entry(world.office)))
    reference = told(post("/oauth/par", query, new=app))["request_uri"]
    short = {"client_id": app.client.client_id, "request_uri": reference}
    page = browser.get("/oauth/authorize", short)

    answer = redeem(app, sent_back(allow(browser, page))["code"], proof)

    assert granted(answer) == [enriched]


@conforms("RFC 9396", "7.1", "A device is granted what policies say.")
def test_device_is_granted_what_policies_say(
    world: World, buyer: User, enriched: dict[str, Any]
) -> None:
    asked = purchasing(entry(world.office))
    asking = device.device(device.scanner(scopes=[CREATE]), authorization_details=asked)
    device.answer(buyer, asking)

    assert granted(asking.poll()) == [enriched]


@conforms("RFC 9396", "7.1", "A person an issuer vouches for is granted what policies say.")
def test_assertion_is_granted_what_policies_say(
    world: World, buyer: User, enriched: dict[str, Any]
) -> None:
    trusted(partner=None)
    asked = {"scope": CREATE, "authorization_details": purchasing(entry(world.office))}

    answer = bear(exchanger(scopes=[CREATE]), assertion(buyer.email), **asked)

    assert granted(answer) == [enriched]


@conforms("RFC 9396", "9.2", "Introspection tells the entry as it was granted, signed or not.")
def test_introspection_tells_the_enriched_entry(world: World, enriched: dict[str, Any]) -> None:
    token = told(ask_machine(erp(world), entry(world.office)))["access_token"]
    server = machine(is_resource_server=True)
    signed = {"Accept": "application/token-introspection+jwt"}

    plain = told(post("/oauth/introspect", {"token": token}, new=server))
    jwt = post("/oauth/introspect", {"token": token}, new=server, **signed)

    assert plain["authorization_details"] == [enriched]
    said = claims_in(jwt.content.decode())["token_introspection"]
    assert said["authorization_details"] == [enriched]


# --- What is asked and what policies say, together ------------------------------------------------
@conforms("RFC 9396", "7.1", "What is asked narrower is granted so, what is asked wider is not.")
def test_asked_and_policy_are_granted_where_they_meet(world: World, rule: Any) -> None:
    asked = entry(
        world.office,
        categories=["4321", "14"],
        vendors=[world.acme.public_id, world.globex.public_id],
        limits={"per_order": euros("100.00"), "total": euros("90000.00")},
        valid_until="2999-01-01T00:00:00Z",
    )

    (found,) = granted(ask_machine(erp(world), asked))

    assert (found["categories"], found["vendors"]) == (["4321"], [world.acme.public_id])
    assert found["limits"]["per_order"] == euros("100.00")
    assert found["limits"]["total"] == euros("60000.00")
    assert datetime.fromisoformat(found["valid_until"]) == world.office.access_until
    assert found["policy_version"] == rule.version


@pytest.mark.parametrize("member", ("categories", "vendors"))
def test_an_entry_the_policies_leave_nothing_of_is_refused(
    member: str, world: World, rule: Any
) -> None:
    del rule
    beyond = {"categories": ["14"], "vendors": [world.globex.public_id]}

    answer = ask_machine(erp(world), entry(world.office, **{member: beyond[member]}))

    assert error_of(answer) == (400, "invalid_authorization_details")
    assert member in told(answer)["error_description"]
    assert not TokenSession.objects.exists()


def test_policies_of_others_do_not_narrow(world: World) -> None:
    other, own = erp(world), erp(world)
    fleet = project("FLEET", world.buyer, world.erp)
    policy(world.buyer, name="other", client_id=other.client.client_id, per_order_max="1")
    policy(world.buyer, name="fleet", project=fleet, per_order_max="2")
    policy(world.buyer, name="editors", role="editor", per_order_max="3")
    policy(world.buyer, name="later", effective_from=now() + timedelta(days=1), per_order_max="4")
    policy(world.buyer, name="own", client_id=own.client.client_id, per_order_max="5")

    office, in_fleet = granted(ask_machine(own, entry(world.office), entry(fleet)))

    assert office["limits"] == {"per_order": euros("5.00")}
    assert in_fleet["limits"] == {"per_order": euros("2.00")}


def test_categories_of_the_project_narrow_too(world: World) -> None:
    world.office.categories = ["14"]
    world.office.save()

    (found,) = granted(ask_machine(erp(world), entry(world.office)))

    assert found["categories"] == ["14"]


@conforms("RFC 9396", "13", "What the buyer lets its own people buy is not told to a vendor.")
def test_a_vendor_is_told_nothing_of_the_buyers_policies(world: World, rule: Any) -> None:
    del rule
    world.office.categories = ["43"]
    world.office.save()
    scope = "purchase_orders:acknowledge"
    vendor = machine(partner=world.acme, scopes=[scope])

    (found,) = granted(ask_machine(vendor, entry(world.office), scope=scope))

    assert sorted(found) == ["actions", "identifier", "locations", "type", "valid_until"]


# --- Between the page and the answer --------------------------------------------------------------
def test_what_was_loosened_while_the_person_read_is_not_granted(
    world: World, buyer: User, app: Any, rule: Any
) -> None:
    proof, browser = pkce(), signed_in(buyer)
    page = ask(browser, app, proof, authorization_details=purchasing(entry(world.office)))
    next_version(rule, per_order_max="9000")

    (found,) = granted(redeem(app, sent_back(allow(browser, page))["code"], proof))

    assert found["limits"]["per_order"] == euros("5000.00")
    assert (found["categories"], found["vendors"]) == (["43"], [world.acme.public_id])


def test_what_was_tightened_while_the_person_read_is_granted_so(
    world: World, buyer: User, app: Any, rule: Any
) -> None:
    proof, browser = pkce(), signed_in(buyer)
    page = ask(browser, app, proof, authorization_details=purchasing(entry(world.office)))
    next_version(rule, per_order_max="50")

    (found,) = granted(redeem(app, sent_back(allow(browser, page))["code"], proof))

    assert found["limits"]["per_order"] == euros("50.00")


# --- Refresh --------------------------------------------------------------------------------------
@pytest.fixture
def first(world: World, buyer: User, app: Any, rule: Any) -> dict[str, Any]:
    del rule
    proof, browser = pkce(), signed_in(buyer)
    page = ask(browser, app, proof, authorization_details=purchasing(entry(world.office)))
    return told(redeem(app, sent_back(allow(browser, page))["code"], proof))


@conforms("RFC 9396", "6.1", "A refresh that asks for nothing gives what was granted.")
def test_refresh_gives_what_was_granted(
    app: Any, first: dict[str, Any], enriched: dict[str, Any]
) -> None:
    assert granted(refresh(app, first["refresh_token"])) == [enriched]


@conforms("RFC 9396", "6.1", "A refresh narrows one token, and the next is as granted again.")
def test_refresh_narrows_what_it_names_and_keeps_the_rest(
    world: World, app: Any, first: dict[str, Any], enriched: dict[str, Any]
) -> None:
    lower = entry(world.office, limits={"per_order": euros("10.00")}, categories=["4321"])

    narrow = refresh(app, first["refresh_token"], authorization_details=purchasing(lower))
    after = refresh(app, told(narrow)["refresh_token"])

    limits = {**enriched["limits"], "per_order": euros("10.00")}
    assert granted(narrow) == [{**enriched, "limits": limits, "categories": ["4321"]}]
    assert granted(after) == [enriched]


def test_what_was_granted_may_be_sent_back_as_it_came(
    app: Any, first: dict[str, Any], enriched: dict[str, Any]
) -> None:
    whole = json.dumps(first["authorization_details"])

    answer = refresh(app, first["refresh_token"], authorization_details=whole)

    assert granted(answer) == [enriched]


@conforms("RFC 9396", "7.1", "A token that is refreshed says what a policy has taken away since.")
def test_refresh_tells_what_was_tightened_and_nothing_of_what_was_loosened(
    app: Any, first: dict[str, Any], enriched: dict[str, Any], rule: Any
) -> None:
    newer = next_version(rule, per_order_max="50", per_period_max="99999", period_days=30)

    (found,) = granted(refresh(app, first["refresh_token"]))

    limits = {**enriched["limits"], "per_order": euros("50.00")}
    assert found == {**enriched, "limits": limits, "policy_version": newer.version}


def test_refresh_under_a_policy_that_leaves_nothing_buys_nothing(
    app: Any, first: dict[str, Any], rule: Any
) -> None:
    """The session stays, for what it reads; its token says that it orders nothing."""
    next_version(rule, categories_allowed=["14"])

    (found,) = granted(refresh(app, first["refresh_token"]))

    assert (found["actions"], found["categories"]) == ([], ["43"])


# --- How long -------------------------------------------------------------------------------------
@conforms("RFC 9396", "7.1", "A token lives no longer than the last of its entries.")
def test_token_and_session_end_with_the_last_entry(world: World) -> None:
    fleet = project("FLEET", world.buyer, world.erp)
    soon = (datetime.now(tz=UTC) + timedelta(seconds=90)).replace(microsecond=0)
    sooner = soon - timedelta(seconds=60)
    asked = (
        entry(world.office, valid_until=soon.isoformat()),
        entry(fleet, valid_until=sooner.isoformat()),
    )

    body = told(ask_machine(erp(world), *asked))

    assert claims_in(body["access_token"])["exp"] == int(soon.timestamp())
    assert TokenSession.objects.get().expires_at == soon


def test_a_persons_session_ends_with_its_last_entry(world: World, buyer: User, app: Any) -> None:
    end = (datetime.now(tz=UTC) + timedelta(days=3)).replace(microsecond=0)
    asked = purchasing(entry(world.office, valid_until=end.isoformat()))
    proof, browser = pkce(), signed_in(buyer)
    page = ask(browser, app, proof, authorization_details=asked)

    redeem(app, sent_back(allow(browser, page))["code"], proof)

    assert TokenSession.objects.get().expires_at == end
    assert page.context["expires_text"].startswith("at most 3 days")


def test_scopes_that_buy_nothing_are_enriched_all_the_same(world: World, rule: Any) -> None:
    scope = BUYING[0]

    (found,) = granted(ask_machine(erp(world), entry(world.office), scope=scope))

    assert (found["actions"], found["policy_version"]) == ([], rule.version)
