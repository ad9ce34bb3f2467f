"""How a client proves who it is, what failing costs whom, and what a stranger can tell."""

import hmac
import ipaddress
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import redis
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from joserfc.jws import JWSRegistry
from pytest_django import Settings

from apps.audit.models import Event
from apps.core.actor import Origin
from apps.core.errors import DomainError
from apps.gateway.services import limits
from apps.oauth.crypto import KeyedSecretHasher, sha256_hex
from apps.oauth.errors import InvalidClientError, InvalidRequestError, TooManyFailuresError
from apps.oauth.models import Client, ReplayedId
from apps.oauth.models.clients import AuthMethod
from apps.oauth.services import NewClient, rotate_secret, suspend_client
from apps.oauth.services.authentication import (
    EVENTS_OF_CLIENT,
    FAILURES_OF_ADDRESS,
    PROVED_THERE,
    authenticate_client,
)
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.replay import remember_once
from apps.partners.services import suspend_partner
from tests.conformance.compliance import conforms
from tests.factories.jose import (
    ALGORITHMS,
    assertion_form,
    client_assertion,
    client_key,
    public_jwks,
    use_keys,
)
from tests.factories.oauth import access_token, basic, machine, web_app
from tests.factories.web import Site, serving
from tests.factories.world import SETUP, World, make_world

pytestmark = pytest.mark.django_db

ISSUER = "https://buyer.example"
UNCOUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
WRONG = "x" * 43
ANSWER = ("invalid_client", 401, "Client authentication failed")


def somewhere() -> str:
    """An address no other test fails from."""
    return str(ipaddress.IPv4Address(0x0B000000 + secrets.randbelow(1 << 24)))


def nobody() -> str:
    """The id of no client, and one that no other test has failed with."""
    return f"cli_{uuid4().hex}"


def exchange(ip: str | None = None, **changes: Any) -> Exchange:
    origin = Origin(request_id="req-test", ip=ip or somewhere())
    return Exchange(at=datetime.now(tz=UTC), origin=origin, path="/oauth/token", **changes)


def by_basic(new: NewClient | str, secret: str | None = None, **changes: Any) -> Exchange:
    if isinstance(new, str):
        return exchange(authorization=basic(new, secret), **changes)
    return exchange(authorization=basic(new.client, secret or new.secret), **changes)


def by_post(new: NewClient, secret: str | None = None, **changes: Any) -> Exchange:
    form = {"client_id": new.client.client_id, "client_secret": secret or new.secret}
    return exchange(parameters=form, **changes)


def by_name(client_id: str, **changes: Any) -> Exchange:
    return exchange(parameters={"client_id": client_id}, **changes)


def by_assertion(assertion: str, **changes: Any) -> Exchange:
    return exchange(parameters=assertion_form(assertion), **changes)


def refusal(asked: Exchange) -> tuple[str, int, str]:
    """What the caller is told."""
    with pytest.raises(DomainError) as refused:
        authenticate_client(asked)
    assert asked.client is None
    assert asked.auth_method == ""
    return refused.value.code, refused.value.status, str(refused.value)


def reason_in_trail(client: Client) -> str:
    event = Event.objects.filter(action="client.authentication_failed").latest("at")
    assert (event.client_id, event.outcome) == (client.client_id, "denied")
    return str(event.data["reason"])


@pytest.fixture
def new(world: World) -> NewClient:
    return machine(partner=world.acme)


@pytest.fixture
def keyed(world: World) -> tuple[Client, Any]:
    """A client of private_key_jwt and its key."""
    key = client_key()
    return use_keys(machine(partner=world.acme).client, key), key


# --- Methods ------------------------------------------------------------------------------------
def test_a_right_secret_authenticates_and_says_how(new: NewClient) -> None:
    asked = by_basic(new)

    found = authenticate_client(asked)

    assert found.client == new.client
    assert asked.client is found
    assert asked.auth_method == AuthMethod.SECRET_BASIC


def test_each_method_is_accepted_from_the_client_that_registered_it_alone(world: World) -> None:
    accepted = Counter[tuple[str, str]]()
    for registered in (AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST):
        client = machine(partner=world.acme, auth_method=registered)
        for used, asked in (("basic", by_basic(client)), ("post", by_post(client))):
            try:
                authenticate_client(asked)
            except InvalidClientError:
                continue
            accepted[registered, used] += 1

    assert accepted == {("client_secret_basic", "basic"): 1, ("client_secret_post", "post"): 1}


def test_a_public_client_is_only_identified(world: World) -> None:
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    asked = by_name(public.client.client_id)

    assert authenticate_client(asked).client == public.client
    assert asked.auth_method == AuthMethod.NONE
    assert refusal(by_basic(public, WRONG)) == ANSWER


def test_a_confidential_client_is_not_identified_by_its_name(
    new: NewClient, keyed: tuple[Client, Any]
) -> None:
    assert refusal(by_name(new.client.client_id)) == ANSWER
    assert refusal(by_name(keyed[0].client_id)) == ANSWER


def test_a_secret_does_not_authenticate_a_client_of_keys(keyed: tuple[Client, Any]) -> None:
    client, _ = keyed

    assert refusal(exchange(authorization=basic(client, WRONG))) == ANSWER
    assert reason_in_trail(client) == "client_secret_basic is not its method"


def test_an_assertion_does_not_authenticate_a_client_of_secrets(new: NewClient) -> None:
    assertion = client_assertion(new.client.client_id, client_key(), ISSUER)

    assert refusal(by_assertion(assertion)) == ANSWER
    assert reason_in_trail(new.client) == "private_key_jwt is not its method"


@conforms("OAuth 2.1", "2.4", "No more than one method of authentication for each request.")
@pytest.mark.parametrize(
    "second",
    (
        {"client_secret": WRONG},
        {"client_assertion": "a.b.c"},
        {"client_assertion_type": "x"},
        {"client_id": "cli_another"},
    ),
)
def test_two_methods_are_no_request(new: NewClient, second: dict[str, str]) -> None:
    code, status, _ = refusal(by_basic(new, parameters=second))

    assert (code, status) == ("invalid_request", 400)


def test_a_secret_and_an_assertion_are_two_methods(keyed: tuple[Client, Any]) -> None:
    client, key = keyed
    form = assertion_form(client_assertion(client.client_id, key, ISSUER))

    with pytest.raises(InvalidRequestError):
        authenticate_client(exchange(parameters={**form, "client_secret": WRONG}))


@pytest.mark.parametrize(
    ("authorization", "parameters"),
    (
        ("", {}),
        ("", {"client_secret": WRONG}),
        ("Bearer abc", {}),
        ("DPoP abc", {}),
        ("Basic", {}),
        ("Basic !!!", {}),
        ("Basic YQ==", {}),
        ("Basic YTo=", {}),
        ("Basic gIA6gA==", {}),
        ("", {"client_assertion": "a.b.c"}),
        ("", {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}),
        ("", assertion_form("a.b.c")),
        ("", assertion_form("")),
    ),
)
def test_what_proves_nothing_is_an_invalid_client(
    authorization: str, parameters: dict[str, str]
) -> None:
    assert refusal(exchange(authorization=authorization, parameters=parameters)) == ANSWER


def test_the_client_id_beside_an_assertion_must_be_the_same(keyed: tuple[Client, Any]) -> None:
    client, key = keyed
    named = {"client_id": client.client_id}

    def form() -> dict[str, str]:
        return assertion_form(client_assertion(client.client_id, key, ISSUER))

    assert refusal(exchange(parameters={**form(), "client_id": "cli_another"})) == ANSWER
    assert authenticate_client(exchange(parameters={**form(), **named})).client == client


# --- One answer for every reason ----------------------------------------------------------------
def test_every_reason_has_the_same_answer(world: World, new: NewClient) -> None:
    at = datetime.now(tz=UTC)
    suspended, expired, elsewhere = (machine(partner=world.acme) for _ in range(3))
    suspend_client(actor=SETUP, at=at, client=suspended.client, reason="a test")
    Client.objects.filter(pk=expired.client.pk).update(expires_at=at)
    Client.objects.filter(pk=elsewhere.client.pk).update(networks=["192.0.2.0/24"])
    of_suspended_partner = machine(partner=world.globex)
    suspend_partner(actor=SETUP, at=at, partner=world.globex, reason="a test")

    answers = {
        refusal(asked)
        for asked in (
            by_basic(nobody(), WRONG),
            by_name(nobody()),
            by_basic("cli\x7funknown", WRONG),
            by_basic("c" * 5000, WRONG),
            by_basic(new, WRONG),
            by_basic(suspended),
            by_basic(expired),
            by_basic(elsewhere),
            by_basic(of_suspended_partner),
        )
    }

    assert answers == {ANSWER}


def test_both_live_secrets_authenticate_and_the_previous_one_until_its_time(
    new: NewClient,
) -> None:
    at = datetime.now(tz=UTC)
    client = Client.objects.get(pk=new.client.pk)
    rotated = rotate_secret(actor=SETUP, at=at, client=client)

    assert authenticate_client(by_basic(new, rotated.secret)).client == new.client
    assert authenticate_client(by_basic(new)).client == new.client
    Client.objects.filter(pk=client.pk).update(previous_secret_expires_at=at)
    assert refusal(by_basic(new)) == ANSWER


def test_a_client_with_networks_is_authenticated_from_them_alone(new: NewClient) -> None:
    Client.objects.filter(pk=new.client.pk).update(networks=["192.0.2.0/24", "2001:db8::/32"])

    for inside in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"):
        assert authenticate_client(by_basic(new, ip=inside)).client == new.client
    assert refusal(by_basic(new)) == ANSWER
    assert reason_in_trail(new.client) == "the address is outside its networks"


def test_without_an_address_a_client_with_networks_is_refused(new: NewClient) -> None:
    asked = by_basic(new)
    asked.origin = Origin()
    assert authenticate_client(asked).client == new.client
    Client.objects.filter(pk=new.client.pk).update(networks=["0.0.0.0/0"])

    refused = by_basic(new)
    refused.origin = Origin()
    assert refusal(refused) == ANSWER


def test_an_extra_api_key_is_needed_where_the_client_has_one(new: NewClient) -> None:
    encoded = KeyedSecretHasher().encode("the-key", "salt")
    Client.objects.filter(pk=new.client.pk).update(api_key_hash=encoded)

    assert authenticate_client(by_basic(new, api_key="the-key")).client == new.client
    assert refusal(by_basic(new)) == ANSWER
    assert refusal(by_basic(new, api_key="the-kez")) == ANSWER
    assert refusal(by_basic(new, WRONG, api_key="the-key")) == ANSWER
    assert refusal(by_basic(new, api_key="ÿ" * 9000)) == ANSWER


def test_an_api_key_that_is_not_needed_does_no_harm(new: NewClient) -> None:
    assert authenticate_client(by_basic(new, api_key="anything")).client == new.client


# --- The same work for every reason -------------------------------------------------------------
def hashes_of(asked: Exchange, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the standard library's HMAC runs for this refusal."""
    done, real = [], hmac.digest

    def counting(*arguments: Any) -> bytes:
        done.append(1)
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(hmac, "digest", counting)
        refusal(asked)
    return len(done)


@conforms("Library", "defect 8", "A wrong secret takes the same work whether the client exists.")
def test_a_wrong_secret_takes_the_same_hashes_whether_the_client_exists(
    world: World, new: NewClient, keyed: tuple[Client, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rotated = machine(partner=world.acme)
    rotate_secret(actor=SETUP, at=datetime.now(tz=UTC), client=rotated.client)
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    extra = machine(partner=world.acme)
    encoded = KeyedSecretHasher().encode("the-key", "salt")
    Client.objects.filter(pk=extra.client.pk).update(api_key_hash=encoded)

    known = {
        hashes_of(exchange(authorization=basic(client, WRONG)), monkeypatch)
        for client in (new.client, keyed[0], rotated.client, public.client, extra.client)
    }
    unknown = hashes_of(by_basic(nobody(), WRONG), monkeypatch)

    # The short-lived row an unknown client's failure is written to has a keyed name.
    assert {count + 2 for count in known} == {unknown}


def verifications_of(asked: Exchange, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a signature is checked with public-key arithmetic for this refusal."""
    algorithm = JWSRegistry.algorithms["ES256"]
    done, real = [], algorithm.verify

    def counting(*arguments: Any) -> bool:
        done.append(1)
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(algorithm, "verify", counting)
        refusal(asked)
    return len(done)


def test_a_wrong_assertion_takes_one_signature_whether_the_client_exists(
    new: NewClient, keyed: tuple[Client, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = client_key()
    unnamed = client_key(kid="k9")
    counts = [
        verifications_of(by_assertion(client_assertion(name, key, ISSUER)), monkeypatch)
        for name, key in (
            (nobody(), stranger),
            (keyed[0].client_id, stranger),
            (keyed[0].client_id, unnamed),
            (new.client.client_id, stranger),
        )
    ]

    assert counts == [1, 1, 1, 1]


def statements_of(asked: Exchange) -> int:
    with CaptureQueriesContext(connection) as captured:
        refusal(asked)
    return len([q for q in captured if not q["sql"].startswith(UNCOUNTED)])


def test_a_refusal_takes_the_same_statements_whether_the_client_exists(
    new: NewClient, keyed: tuple[Client, Any]
) -> None:
    stranger = client_key()
    known = keyed[0].client_id

    assert [
        statements_of(by_basic(nobody(), WRONG)),
        statements_of(by_basic(new, WRONG)),
        statements_of(by_assertion(client_assertion(nobody(), stranger, ISSUER))),
        statements_of(by_assertion(client_assertion(known, stranger, ISSUER))),
    ] == [2, 2, 2, 2]


def commands_of(asked: Exchange, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often Valkey is asked, whether the client is let in or not."""
    done, real = [], redis.Connection.send_command

    def counting(line: Any, name: str, *arguments: Any, **options: Any) -> Any:
        done.append(name)
        return real(line, name, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(redis.Connection, "send_command", counting)
        with suppress(DomainError):
            authenticate_client(asked)
    return len([name for name in done if name in {"EVALSHA", "SET"}])


def test_counters_cost_one_round_trip_and_a_second_once_an_hour(
    new: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = somewhere()

    first, second = (commands_of(by_basic(new, ip=place), monkeypatch) for _ in range(2))

    assert (first, second) == (2, 1)


def test_a_refusal_costs_two_round_trips_whether_the_client_exists(
    new: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commands_of(by_basic(new, WRONG), monkeypatch) == 2
    assert commands_of(by_basic(nobody(), WRONG), monkeypatch) == 2


# --- Limits -------------------------------------------------------------------------------------
def fail(times: int, asked: Any) -> None:
    for _ in range(times):
        with pytest.raises(InvalidClientError):
            authenticate_client(asked())


def test_the_eleventh_failure_of_a_client_from_one_address_has_to_wait(new: NewClient) -> None:
    place = somewhere()
    fail(10, lambda: by_basic(new, WRONG, ip=place))

    with pytest.raises(TooManyFailuresError) as refused:
        authenticate_client(by_basic(new, WRONG, ip=place))

    assert (refused.value.code, refused.value.status) == ("too_many_requests", 429)
    assert 1 <= refused.value.retry_after <= 60


def test_a_guess_that_has_to_wait_is_not_looked_at(new: NewClient) -> None:
    place = somewhere()
    fail(10, lambda: by_basic(new, WRONG, ip=place))

    with CaptureQueriesContext(connection) as captured, pytest.raises(TooManyFailuresError):
        authenticate_client(by_basic(new, ip=place))

    assert len(captured) == 0


def test_failures_from_one_address_do_not_slow_the_client_elsewhere(new: NewClient) -> None:
    attacker = somewhere()
    fail(10, lambda: by_basic(new, WRONG, ip=attacker))

    assert authenticate_client(by_basic(new)).client == new.client


def test_an_unknown_client_has_to_wait_like_a_known_one() -> None:
    place = somewhere()
    name = nobody()
    fail(10, lambda: by_basic(name, WRONG, ip=place))

    assert refusal(by_basic(name, WRONG, ip=place))[:2] == ("too_many_requests", 429)


def use_up(ip: str) -> None:
    """As a hundred failures of others there would."""
    for _ in range(FAILURES_OF_ADDRESS.most):
        limits.count((FAILURES_OF_ADDRESS, ip))


def test_a_hundred_failures_from_an_address_make_strangers_there_wait(
    world: World, new: NewClient
) -> None:
    place = somewhere()
    for _ in range(FAILURES_OF_ADDRESS.most):
        fail(1, lambda: by_basic(nobody(), WRONG, ip=place))

    assert refusal(by_basic(new, ip=place))[:2] == ("too_many_requests", 429)
    assert authenticate_client(by_basic(machine(partner=world.acme))).client.partner == world.acme


def test_a_neighbour_does_not_slow_a_client_that_has_proved_itself_there(new: NewClient) -> None:
    place = somewhere()
    authenticate_client(by_basic(new, ip=place))
    use_up(place)

    assert authenticate_client(by_basic(new, ip=place)).client == new.client
    assert refusal(by_basic(nobody(), WRONG, ip=place))[:2] == ("too_many_requests", 429)


def test_a_failed_attempt_does_not_make_an_address_known(new: NewClient) -> None:
    place = somewhere()
    fail(1, lambda: by_basic(new, WRONG, ip=place))
    use_up(place)

    assert refusal(by_basic(new, ip=place))[:2] == ("too_many_requests", 429)


def test_a_public_client_has_nothing_to_guess_and_never_waits(world: World) -> None:
    place = somewhere()
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    use_up(place)

    assert authenticate_client(by_name(public.client.client_id, ip=place)).client == public.client
    assert refusal(by_name(nobody(), ip=place))[:2] == ("too_many_requests", 429)


def test_identifying_a_public_client_does_not_vouch_for_its_address(world: World) -> None:
    place = somewhere()
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    authenticate_client(by_name(public.client.client_id, ip=place))

    (known_for,) = limits.waits((PROVED_THERE, f"{public.client.client_id} {place}"))

    assert known_for == 0


def test_one_host_of_ipv6_has_one_address_here(new: NewClient) -> None:
    network = f"2600:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}:1"
    addresses = iter(f"{network}::{number:x}" for number in range(1, 99))
    fail(10, lambda: by_basic(new, WRONG, ip=next(addresses)))

    assert refusal(by_basic(new, ip=next(addresses)))[:2] == ("too_many_requests", 429)
    elsewhere = network.removesuffix("1") + "2::1"
    assert authenticate_client(by_basic(new, ip=elsewhere)).client == new.client


def test_an_ipv4_address_written_as_ipv6_is_one_address_alone(new: NewClient) -> None:
    fail(10, lambda: by_basic(new, WRONG, ip="::ffff:198.51.100.1"))

    assert authenticate_client(by_basic(new, ip="::ffff:198.51.100.2")).client == new.client


def test_without_valkey_honest_clients_are_let_in_and_nobody_else(
    new: NewClient, keyed: tuple[Client, Any], settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client, key = keyed

    assert authenticate_client(by_basic(new)).client == new.client
    assertion = client_assertion(client.client_id, key, ISSUER)
    assert authenticate_client(by_assertion(assertion)).client == client
    fail(12, lambda: by_basic(new, WRONG, ip="198.51.100.9"))


# --- The trail ----------------------------------------------------------------------------------
def test_a_failure_of_a_known_client_stands_in_the_trail(new: NewClient) -> None:
    place = somewhere()
    refusal(by_basic(new, WRONG, ip=place))

    event = Event.objects.get(action="client.authentication_failed")
    assert (event.outcome, event.client_id, event.partner_id) == (
        "denied",
        new.client.client_id,
        new.client.partner_id,
    )
    assert event.data == {
        "method": "client_secret_basic",
        "reason": "the secret is wrong",
        "endpoint": "/oauth/token",
    }
    assert event.private["ip"] == place
    assert WRONG not in json.dumps([event.data, event.private])


def test_a_flood_of_failures_from_everywhere_is_ten_events_a_minute(new: NewClient) -> None:
    fail(30, lambda: by_basic(new, WRONG))

    events = Event.objects.filter(action="client.authentication_failed")
    assert events.count() == EVENTS_OF_CLIENT.most


def test_a_failure_of_nobody_leaves_no_event_and_a_row_that_goes() -> None:
    before = Event.objects.count()
    refusal(by_basic(nobody(), WRONG))

    assert Event.objects.count() == before
    assert ReplayedId.objects.get().expires <= datetime.now(tz=UTC)


# --- Assertions ---------------------------------------------------------------------------------
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_an_assertion_by_each_algorithm_authenticates(world: World, alg: str) -> None:
    key = client_key(alg)
    client = use_keys(machine(partner=world.acme).client, key)
    asked = by_assertion(client_assertion(client.client_id, key, ISSUER))

    assert authenticate_client(asked).client == client
    assert asked.auth_method == AuthMethod.PRIVATE_KEY_JWT


def test_the_assertion_may_be_for_the_endpoint_that_is_called(keyed: tuple[Client, Any]) -> None:
    client, key = keyed

    def asked(path: str) -> Exchange:
        assertion = client_assertion(client.client_id, key, f"{ISSUER}/oauth/par")
        at = datetime.now(tz=UTC)
        return Exchange(
            at=at, origin=Origin(ip=somewhere()), path=path, parameters=assertion_form(assertion)
        )

    assert authenticate_client(asked("/oauth/par")).client == client
    assert refusal(asked("/oauth/revoke")) == ANSWER
    assert reason_in_trail(client) == "the assertion is no use: aud is not this server"


@conforms("FAPI 2.0", "5.4.1", "An assertion signed with RS256 is refused.")
def test_a_client_of_profile_fapi_names_the_issuer_and_no_rs256(world: World) -> None:
    keys = {alg: client_key(alg, kid=alg) for alg in ("ES256", "RS256")}
    client = use_keys(machine(partner=world.acme).client, *keys.values(), profile="fapi")

    def asked(alg: str, audience: Any) -> Exchange:
        return by_assertion(client_assertion(client.client_id, keys[alg], audience))

    assert authenticate_client(asked("ES256", ISSUER)).client == client
    assert refusal(asked("ES256", f"{ISSUER}/oauth/token")) == ANSWER
    assert refusal(asked("ES256", [ISSUER])) == ANSWER
    assert refusal(asked("RS256", ISSUER)) == ANSWER


def test_another_clients_key_does_not_speak_for_this_one(
    world: World, keyed: tuple[Client, Any]
) -> None:
    other_key = client_key()
    use_keys(machine(partner=world.acme).client, other_key)

    assert refusal(by_assertion(client_assertion(keyed[0].client_id, other_key, ISSUER))) == ANSWER
    assert reason_in_trail(keyed[0]) == "the assertion is not signed by one of its keys"


def test_an_assertion_is_used_once(keyed: tuple[Client, Any]) -> None:
    client, key = keyed
    assertion = client_assertion(client.client_id, key, ISSUER)

    assert authenticate_client(by_assertion(assertion)).client == client
    assert refusal(by_assertion(assertion)) == ANSWER
    assert reason_in_trail(client) == "the assertion was used before"


def test_two_clients_may_use_the_same_id(world: World, keyed: tuple[Client, Any]) -> None:
    other_key = client_key()
    other = use_keys(machine(partner=world.acme).client, other_key)

    for client, key in (keyed, (other, other_key)):
        assertion = client_assertion(client.client_id, key, ISSUER, jti="one")
        assert authenticate_client(by_assertion(assertion)).client == client


def test_a_refused_assertion_does_not_use_up_its_id(keyed: tuple[Client, Any]) -> None:
    client, key = keyed
    refusal(by_assertion(client_assertion(client.client_id, client_key(), ISSUER, jti="one")))
    refusal(by_assertion(client_assertion(client.client_id, key, "https://x.example", jti="one")))

    good = client_assertion(client.client_id, key, ISSUER, jti="one")
    assert authenticate_client(by_assertion(good)).client == client


def test_what_is_remembered_is_hashed_with_its_purpose() -> None:
    until = datetime.now(tz=UTC) + timedelta(minutes=1)

    answers = [
        remember_once(purpose=purpose, value=value, expires=until)
        for purpose, value in (("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("a1", ""))
    ]

    assert answers == [True, False, True, True, True]
    assert all(len(row.digest) == 64 for row in ReplayedId.objects.all())


@conforms("RFC 7523", "3", "Of the same assertion sent eight times at once one counts.")
@pytest.mark.django_db(transaction=True)
def test_an_assertion_sent_by_eight_at_once_has_one_winner() -> None:
    key = client_key()
    client = use_keys(machine(partner=make_world().acme).client, key)
    assertion = client_assertion(client.client_id, key, ISSUER)
    together = Barrier(8)

    def attempt(_number: int) -> str:
        try:
            together.wait(timeout=10)
            return authenticate_client(by_assertion(assertion)).client.client_id
        except InvalidClientError:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(attempt, range(8)))

    assert answers == {client.client_id: 1, "refused": 7}


# --- Keys that are fetched ----------------------------------------------------------------------
@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


def serve(site: Site, *keys: Any) -> None:
    site.body = json.dumps(public_jwks(*keys)).encode()


def remote(world: World, site: Site) -> Client:
    return use_keys(machine(partner=world.acme).client, jwks_uri=site.url("/jwks"))


def pause_is_over(client: Client) -> None:
    """As half a minute after the last attempt to fetch."""
    cache.delete(f"jwks-turn:{client.pk}:{sha256_hex(client.client_jwks_uri)}")


def grows_old(client: Client) -> None:
    """As five minutes after the last fetch."""
    name = f"jwks-found:{sha256_hex(client.client_jwks_uri)}"
    known = cache.get(name)
    cache.set(name, {**known, "at": known["at"] - 301})
    pause_is_over(client)


def signed_in_with(client: Client, key: Any) -> str:
    """The client's id, or what it is told instead."""
    try:
        assertion = client_assertion(client.client_id, key, ISSUER)
        return authenticate_client(by_assertion(assertion)).client.client_id
    except DomainError as error:
        return error.code


def test_keys_are_fetched_once_and_remembered(world: World, site: Site) -> None:
    key, client = client_key(), remote(world, site)
    serve(site, key)

    assert [signed_in_with(client, key) for _ in range(3)] == [client.client_id] * 3
    assert len(site.asked) == 1


def test_a_change_of_keys_is_followed_at_once(world: World, site: Site) -> None:
    old, fresh, client = client_key(kid="old"), client_key(kid="new"), remote(world, site)
    serve(site, old)
    assert signed_in_with(client, old) == client.client_id
    pause_is_over(client)
    serve(site, fresh)

    assert signed_in_with(client, fresh) == client.client_id
    assert signed_in_with(client, old) == "invalid_client"
    assert len(site.asked) == 2


def test_made_up_key_names_fetch_once_in_half_a_minute(world: World, site: Site) -> None:
    key, client = client_key(), remote(world, site)
    serve(site, key)
    assert signed_in_with(client, key) == client.client_id
    pause_is_over(client)

    for number in range(5):
        assert signed_in_with(client, client_key(kid=f"k{number + 5}")) == "invalid_client"

    assert len(site.asked) == 2
    assert signed_in_with(client, key) == client.client_id


def test_old_keys_are_fetched_anew_and_a_removed_one_is_gone(world: World, site: Site) -> None:
    old, fresh, client = client_key(kid="old"), client_key(kid="new"), remote(world, site)
    serve(site, old, fresh)
    assert signed_in_with(client, old) == client.client_id
    serve(site, fresh)
    assert signed_in_with(client, old) == client.client_id
    grows_old(client)

    assert signed_in_with(client, old) == "invalid_client"
    assert signed_in_with(client, fresh) == client.client_id


@pytest.mark.parametrize(
    ("status", "body"), ((500, b"{}"), (200, b"no json"), (200, b"[]"), (200, b'{"keys": 7}'))
)
def test_while_keys_cannot_be_fetched_the_remembered_ones_serve(
    world: World, site: Site, caplog: pytest.LogCaptureFixture, status: int, body: bytes
) -> None:
    key, client = client_key(), remote(world, site)
    serve(site, key)
    assert signed_in_with(client, key) == client.client_id
    grows_old(client)
    site.status, site.body = status, body

    assert [signed_in_with(client, key) for _ in range(3)] == [client.client_id] * 3
    assert len(site.asked) == 2
    assert "client_keys.not_fetched" in caplog.text


def test_keys_that_cannot_be_fetched_at_all_prove_nothing(
    world: World, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = remote(world, site)
    site.status = 503

    assert [signed_in_with(client, client_key()) for _ in range(3)] == ["invalid_client"] * 3
    assert len(site.asked) == 1
    assert "client_keys.not_fetched" in caplog.text


@conforms("FAPI 2.0", "5.4.2", "Keys are never fetched from an address that is not public.")
def test_keys_of_an_address_that_is_not_public_are_not_fetched(
    world: World, site: Site, settings: Settings
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False
    key, client = client_key(), remote(world, site)
    serve(site, key)

    assert signed_in_with(client, key) == "invalid_client"
    assert site.asked == []


def test_without_a_cache_keys_are_fetched_each_time(
    world: World, site: Site, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    key, client = client_key(), remote(world, site)
    serve(site, key)

    assert [signed_in_with(client, key) for _ in range(2)] == [client.client_id] * 2
    assert len(site.asked) == 2


@pytest.mark.django_db(transaction=True)
def test_requests_that_come_together_after_a_change_of_keys_fetch_once(site: Site) -> None:
    key = client_key()
    client = use_keys(
        machine(partner=make_world().acme).client, jwks_uri=site.url(f"/{uuid4().hex}")
    )
    serve(site, key)
    site.seconds_per_byte = 0.002
    together = Barrier(6)

    def attempt(_number: int) -> str:
        together.wait(timeout=10)
        try:
            return signed_in_with(client, key)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = Counter(pool.map(attempt, range(6)))

    assert answers == {client.client_id: 6}
    assert len(site.asked) == 1


# --- Over HTTP ----------------------------------------------------------------------------------
def post(
    path: str, form: dict[str, str], *, address: str | None = None, authorization: str = ""
) -> Any:
    return Browser(raise_request_exception=False).post(
        path,
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": authorization} if authorization else {},
        REMOTE_ADDR=address or somewhere(),
    )


GRANT = {"grant_type": "client_credentials"}


@conforms("OAuth 2.1", "2.4.1", "Guessing of client secrets is limited.")
def test_too_many_failures_are_429_with_the_seconds_to_wait(new: NewClient) -> None:
    place = somewhere()
    wrong, right = basic(new.client, WRONG), basic(new.client, new.secret)
    attempt = partial(post, "/oauth/token", GRANT)

    statuses = [attempt(address=place, authorization=wrong).status_code for _ in range(11)]
    answer = attempt(address=place, authorization=wrong)
    elsewhere = attempt(authorization=right)

    assert statuses == [401] * 10 + [429]
    assert answer.json()["error"] == "too_many_requests"
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer["Cache-Control"] == "no-store"
    assert elsewhere.status_code == 200


def test_a_forged_header_gives_nobody_another_address(new: NewClient) -> None:
    place = somewhere()
    statuses = [
        Browser()
        .post(
            "/oauth/token",
            data=urlencode(GRANT),
            content_type="application/x-www-form-urlencoded",
            headers={
                "Authorization": basic(new.client, WRONG),
                "X-Forwarded-For": somewhere(),
            },
            REMOTE_ADDR=place,
        )
        .status_code
        for _ in range(11)
    ]

    assert statuses == [401] * 10 + [429]


@conforms("OAuth 2.1", "3.2.4", "A refused client is told nothing about why.")
def test_every_refusal_looks_the_same_from_outside(
    new: NewClient, keyed: tuple[Client, Any]
) -> None:
    stranger = client_key()
    answers = [
        post("/oauth/token", GRANT, authorization=basic(nobody(), WRONG)),
        post("/oauth/token", GRANT, authorization=basic(new.client, WRONG)),
        post("/oauth/token", GRANT | {"client_id": nobody()}),
        post("/oauth/token", GRANT | {"client_id": new.client.client_id}),
        *(
            post("/oauth/token", GRANT | assertion_form(client_assertion(name, stranger, ISSUER)))
            for name in (nobody(), keyed[0].client_id)
        ),
    ]

    seen = {(answer.status_code, answer.content, answer["WWW-Authenticate"]) for answer in answers}
    assert len(seen) == 1
    assert json.loads(answers[0].content)["error"] == "invalid_client"


@conforms("RFC 7523", "2.2", "An assertion authenticates at every endpoint of clients.")
def test_an_assertion_authenticates_at_token_revocation_and_introspection(world: World) -> None:
    key = client_key()
    server = use_keys(machine(is_resource_server=True).client, key)
    client = use_keys(machine(partner=world.acme, scopes=["purchase_orders:read"]).client, key)

    def proof(of: Client) -> dict[str, str]:
        return assertion_form(client_assertion(of.client_id, key, ISSUER))

    issued = post("/oauth/token", GRANT | {"scope": "purchase_orders:read"} | proof(client))
    token = issued.json()["access_token"]
    seen = post("/oauth/introspect", {"token": token} | proof(server))
    revoked = post("/oauth/revoke", {"token": token} | proof(client))
    seen_again = post("/oauth/introspect", {"token": token} | proof(server))

    assert (issued.status_code, seen.status_code, revoked.status_code) == (200, 200, 200)
    assert (seen.json()["active"], seen_again.json()["active"]) == (True, False)


@pytest.mark.parametrize("path", ("/oauth/token", "/oauth/revoke", "/oauth/introspect"))
@pytest.mark.parametrize(
    "form",
    (
        {"client_assertion": "a" * 8192},
        {"client_assertion": "\ud7ff.é.\x01"},
        {"client_assertion": "e30.e30.e30", "client_id": "x"},
        {"client_assertion_type": "y" * 8192},
        assertion_form("e30." + "A" * 8000 + ".A"),
        assertion_form("."),
        {"client_id": "\x01\x7f" * 4000},
        {"client_id": "x", "client_secret": "é" * 4000},
    ),
)
def test_no_credentials_however_odd_make_an_error_of_ours(path: str, form: dict[str, str]) -> None:
    assert post(path, GRANT | {"token": "x"} | form).status_code in {400, 401}


def test_an_assertion_costs_one_statement_more_than_a_secret(
    world: World, keyed: tuple[Client, Any]
) -> None:
    access_token(machine(partner=world.acme))  # Signing keys are read once a process.
    client, key = keyed
    form = GRANT | assertion_form(client_assertion(client.client_id, key, ISSUER))

    with CaptureQueriesContext(connection) as captured:
        assert post("/oauth/token", form).status_code == 200

    counted = [q["sql"] for q in captured if not q["sql"].startswith(UNCOUNTED)]
    assert len(counted) == 3, "\n".join(counted)
