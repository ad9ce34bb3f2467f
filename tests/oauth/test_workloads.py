"""Clients that a trusted issuer speaks for (RFC 7523 section 3): what is let in, and attacks."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from joserfc import jwt
from joserfc.jwk import OctKey

from apps.audit.models import Event
from apps.oauth.models import Client, ReplayedId, TokenSession, TrustedIssuer
from tests.conformance.compliance import conforms
from tests.conformance.stage import claims_in
from tests.factories.issuers import (
    AUDIENCE,
    HERE,
    ISSUER,
    KEY,
    ORDERS,
    bear,
    error_of,
    exchanger,
    told,
    trusted,
)
from tests.factories.jose import (
    assertion_form,
    client_assertion,
    client_key,
    public_jwk,
    public_jwks,
    use_keys,
)
from tests.factories.oauth import basic, machine, post_form
from tests.factories.workloads import SUBJECT, ask, shown, word, workload
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
REFUSED = (401, "invalid_client")
BO = "bo@acme.example"


@pytest.fixture
def issuer(world: World) -> TrustedIssuer:
    return trusted(partner=world.acme)


@pytest.fixture
def client(world: World, issuer: TrustedIssuer) -> Client:
    return workload(issuer, partner=world.acme).client


def reason() -> str:
    """Why the last attempt failed, as the trail tells it."""
    failures = Event.objects.filter(action="client.authentication_failed")
    return str(failures.latest("id").data["reason"])


# --- What is let in -------------------------------------------------------------------------------
@conforms(
    "RFC 7523", "3", "A trusted issuer may sign the assertion in the client's stead.", level="MAY"
)
def test_what_the_issuer_signs_is_a_token_and_the_trail_names_the_issuer(
    client: Client, issuer: TrustedIssuer
) -> None:
    answer = ask(client, word())

    session, event = TokenSession.objects.get(), Event.objects.get(action="token.issued")
    assert answer.status_code == 200
    assert claims_in(told(answer)["access_token"])["sub"] == client.client_id
    assert (session.issuer, session.auth_method) == (issuer, "issuer_assertion")
    assert event.data["issuer"] == issuer.public_id


def test_an_issuer_that_knows_the_client_by_our_name_needs_no_client_id(
    world: World, issuer: TrustedIssuer
) -> None:
    client = workload(issuer, partner=world.acme).client
    Client.objects.filter(pk=client.pk).update(client_assertion_subject=client.client_id)
    form = assertion_form(word(sub=client.client_id))

    answer = post_form("/oauth/token", {"grant_type": "client_credentials", **form})

    assert answer.status_code == 200


def test_the_buyers_own_issuer_speaks_for_the_buyers_own_client(world: World) -> None:
    client = workload(trusted(partner=None), partner=None).client
    client.projects.add(world.office)

    assert ask(client, word()).status_code == 200


def statements_of(client: Client, sign: Callable[[], str]) -> int:
    """Of a token, when all that is remembered is known."""
    assert ask(client, sign()).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert ask(client, sign()).status_code == 200
    return len(captured)


def test_it_costs_as_many_statements_as_the_clients_own_assertion(
    world: World, client: Client
) -> None:
    key = client_key()
    keyed = use_keys(machine(partner=world.acme, scopes=[ORDERS]).client, key)

    spoken_for = statements_of(client, word)
    own = statements_of(keyed, lambda: client_assertion(keyed.client_id, key, HERE))

    assert spoken_for == own


# --- Attacks --------------------------------------------------------------------------------------
def unsigned() -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{head}.{word().split('.')[1]}."


def by_public_key() -> str:
    """Signed with HMAC, the issuer's public key for a secret."""
    secret = OctKey.import_key(json.dumps(public_jwk(KEY)).encode())
    claims = claims_in(word())
    return jwt.encode({"alg": "HS256", "kid": KEY.kid}, claims, secret, algorithms=["HS256"])


FORGED: dict[str, Callable[[], str]] = {
    "nobody signed it": unsigned,
    "HMAC with the public key": by_public_key,
    "another key of the same name": lambda: word(client_key()),
    "a key the issuer does not have": lambda: word(client_key(kid="k2")),
    "a key in its header": lambda: word((mine := client_key()), header={"jwk": public_jwk(mine)}),
    "an access token": lambda: word(header={"typ": "at+jwt"}),
    "another's claims": lambda: ".".join(
        [word().split(".")[0], word(sub="x").split(".")[1], word().split(".")[2]]
    ),
}


@conforms("RFC 7523", "3", "An issuer's assertion is signed by a key of that issuer.")
@pytest.mark.parametrize("what", FORGED)
def test_a_forged_assertion_is_refused(client: Client, what: str) -> None:
    assert error_of(ask(client, FORGED[what]())) == REFUSED
    assert not TokenSession.objects.exists()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"iss": "https://other.example"}, "iss is not who speaks for this client"),
    "the issuer, nearly": ({"iss": f"{ISSUER}/"}, "iss is not who speaks for this client"),
    "us": ({"iss": HERE}, "iss is not who speaks for this client"),
    "another subject": ({"sub": "system:serviceaccount:erp:other"}, "sub is not this client"),
    "the subject, nearly": ({"sub": SUBJECT.upper()}, "sub is not this client"),
    "what people's tokens are for": ({"aud": AUDIENCE}, "aud is not this server"),
    "another server": ({"aud": "https://other.example"}, "aud is not this server"),
    "two servers": ({"aud": [HERE, "https://other.example"]}, "aud is not this server"),
    "nobody": ({"aud": None}, "aud is not this server"),
    "over": ({"exp": timedelta(seconds=-1)}, "exp is missing, over or too far ahead"),
    "for a day": ({"exp": timedelta(days=1)}, "exp is missing, over or too far ahead"),
    "for ever": ({"exp": None}, "exp is missing, over or too far ahead"),
    "made later": ({"iat": timedelta(seconds=60)}, "iat is to come"),
    "good later": ({"nbf": timedelta(seconds=60)}, "nbf is to come"),
    "good any number of times": ({"jti": None}, "jti is missing or malformed"),
}


@conforms(
    "RFC 7523", "3", "An issuer's assertion says the registered issuer and subject, us, and when."
)
@pytest.mark.parametrize("what", WRONG)
def test_an_assertion_that_says_something_else_is_refused(client: Client, what: str) -> None:
    changes, why = WRONG[what]
    now = datetime.now(tz=UTC)
    claims = {
        name: int((now + value).timestamp()) if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }

    assert error_of(ask(client, word(**claims))) == REFUSED
    assert reason() == f"the assertion is no use: {why}"


@pytest.mark.parametrize("issuer_named", ("", None))
def test_an_assertion_of_no_issuer_names_no_other_client(client: Client, issuer_named: Any) -> None:
    assert error_of(ask(client, word(iss=issuer_named))) == REFUSED


def test_the_issuer_cannot_speak_in_the_clients_own_name(client: Client) -> None:
    own = client_assertion(client.client_id, KEY, HERE)

    assert error_of(ask(client, own)) == REFUSED
    assert reason() == "the assertion is no use: iss is not who speaks for this client"


def test_a_key_of_the_clients_own_counts_no_more(client: Client) -> None:
    key = client_key()
    Client.objects.filter(pk=client.pk).update(client_jwks=public_jwks(key))

    assert error_of(ask(client, client_assertion(client.client_id, key, HERE))) == REFUSED
    assert error_of(ask(client, word(key))) == REFUSED


def test_a_client_with_a_key_of_its_own_is_not_spoken_for(
    world: World, issuer: TrustedIssuer
) -> None:
    del issuer
    key = client_key(kid="own")
    client = use_keys(machine(partner=world.acme, scopes=[ORDERS]).client, key)

    for assertion in (word(), word(sub=client.client_id), word(key), word(key, iss="x")):
        assert error_of(ask(client, assertion)) == REFUSED
    assert ask(client, client_assertion(client.client_id, key, HERE)).status_code == 200


@conforms("RFC 7523", "3", "An issuer speaks for the clients that were registered with it alone.")
@pytest.mark.parametrize("whose", ("globex", None))
def test_another_sides_issuer_does_not_speak_for_it(
    world: World, client: Client, whose: str | None
) -> None:
    """Registering refuses it already; this is the second lock."""
    partner = getattr(world, whose) if whose else None
    stranger = client_key(kid="s")
    other = trusted(stranger, partner=partner, issuer="https://other.example")
    Client.objects.filter(pk=client.pk).update(client_assertion_issuer=other)

    assert error_of(ask(client, word(stranger, iss=other.issuer))) == REFUSED


def test_another_trusted_issuer_does_not_speak_for_it(world: World, client: Client) -> None:
    """Nor does the key of one prove the word of the other."""
    second = client_key(kid="second")
    trusted(second, partner=world.acme, issuer="https://second.example")

    assert error_of(ask(client, word(second, iss="https://second.example"))) == REFUSED
    assert error_of(ask(client, word(second))) == REFUSED


def test_one_method_per_request(client: Client, world: World) -> None:
    other = machine(partner=world.acme)
    form = {"grant_type": "client_credentials", **shown(client, word())}

    answers = [
        post_form("/oauth/token", {**form, "client_secret": "x"}),
        post_form("/oauth/token", form, authorization=basic(other.client, other.secret)),
    ]

    assert [error_of(answer) for answer in answers] == [(400, "invalid_request")] * 2


def test_the_clients_own_assertion_names_no_other_client(world: World) -> None:
    """Not even one that has the same key."""
    key = client_key()
    one, other = (use_keys(machine(partner=world.acme, scopes=[ORDERS]).client, key) for _ in "12")

    assert error_of(ask(other, client_assertion(one.client_id, key, HERE))) == REFUSED
    assert reason() == "the assertion is no use: iss is not who speaks for this client"


@conforms("RFC 7523", "2.2", "The client is the subject, unless an issuer speaks of it.")
def test_without_its_name_nobody_is_found(client: Client) -> None:
    del client
    form = {"grant_type": "client_credentials", **assertion_form(word())}

    assert error_of(post_form("/oauth/token", form)) == REFUSED


def test_an_unknown_client_costs_and_is_told_the_same(client: Client) -> None:
    stranger, told_of, statements = client_key(), [], []
    for client_id in ("cli_nobody", client.client_id):
        with CaptureQueriesContext(connection) as captured:
            answer = ask(client_id, word(stranger))
        statements.append(len([q for q in captured if not q["sql"].startswith(("SAVE", "REL"))]))
        told_of.append((answer.status_code, answer.content, sorted(answer.headers)))

    assert told_of[0] == told_of[1]
    assert statements[0] == statements[1]


# --- Once -----------------------------------------------------------------------------------------
@conforms("RFC 7523", "3", "An issuer's assertion is used once.")
def test_an_assertion_is_used_once(client: Client) -> None:
    assertion = word()

    assert ask(client, assertion).status_code == 200
    assert error_of(ask(client, assertion)) == REFUSED
    assert reason() == "the assertion was used before"


def test_it_is_remembered_for_as_long_as_anybody_takes_it(client: Client) -> None:
    """As a grant about a person it counts for a minute longer."""
    over = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(minutes=2)

    ask(client, word(exp=int(over.timestamp())))

    assert ReplayedId.objects.get().expires == over + timedelta(minutes=1)


def test_what_one_client_used_is_used_for_another_of_the_same_name(
    world: World, client: Client, issuer: TrustedIssuer
) -> None:
    twin, assertion = workload(issuer, partner=world.acme).client, word()

    assert ask(client, assertion).status_code == 200
    assert error_of(ask(twin, assertion)) == REFUSED


def test_what_proved_a_client_does_not_also_vouch_for_a_person(
    world: World, client: Client
) -> None:
    new = exchanger(partner=world.acme)
    both = {"email": BO, "email_verified": True}
    first, second = word(**both), word(**both)

    assert bear(new, first).status_code == 200
    assert error_of(ask(client, first)) == REFUSED
    assert ask(client, second).status_code == 200
    assert error_of(bear(new, second)) == (400, "invalid_grant")
