"""Clients whose keys are of a decentralised identifier: documents served on this machine."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.core.management import call_command
from joserfc.jwk import Key
from pytest_django import Settings

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import system_actor
from apps.core.errors import ValidationFailedError
from apps.oauth.crypto import sha256_hex
from apps.oauth.models import Client, ClientKind
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import change_client, register_client
from apps.oauth.services.client_keys import has_key
from apps.oauth.services.dpop import fresh_nonce
from tests.conformance.compliance import conforms
from tests.factories.client_keys import jwks
from tests.factories.dids import did_jwk, did_key, document, method
from tests.factories.jose import (
    assertion_form,
    client_assertion,
    client_key,
    dpop_proof,
    public_jwk,
    use_keys,
)
from tests.factories.oauth import machine, post_form
from tests.factories.web import Site, serving
from tests.factories.world import World

pytestmark = pytest.mark.django_db

ISSUER = "https://buyer.example"
TOKEN = "/oauth/token"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


@pytest.fixture
def did(site: Site) -> str:
    """Of the served site; the port is a new one every time, and so is the identifier."""
    return f"did:web:localhost%3A{site.address[1]}"


@pytest.fixture
def client(world: World, did: str) -> Client:
    return with_did(world, did)


def with_did(world: World, did: str) -> Client:
    scopes = ["purchase_orders:read"]
    return use_keys(machine(partner=world.acme, scopes=scopes).client, did=did)


def serve(site: Site, did: str, **keys: Key) -> None:
    methods = [method(did, name, key) for name, key in keys.items()]
    site.body = json.dumps(document(did, *methods)).encode()


def kept(client: Client) -> str:
    return f"did-found:{sha256_hex(client.did)}"


def pause_is_over(client: Client) -> None:
    """As half a minute after the last attempt to fetch."""
    cache.delete(f"did-turn:{client.pk}:{sha256_hex(client.did)}")


def grows_old(client: Client) -> None:
    """As five minutes after the last fetch."""
    known = cache.get(kept(client))
    cache.set(kept(client), {**known, "at": known["at"] - 301}, 3600)
    pause_is_over(client)


def ask(client: Client, key: Key, *, kid: str | None = None, bound_to: Key | None = None) -> Any:
    """What the token endpoint answers to an assertion by the key, and maybe a DPoP proof."""
    assertion = client_assertion(client.client_id, key, ISSUER, header={"kid": kid})
    nonce = fresh_nonce(datetime.now(tz=UTC))
    url = f"{ISSUER}{TOKEN}"
    headers = {"DPoP": dpop_proof(bound_to, "POST", url, nonce=nonce)} if bound_to else {}
    form = {"grant_type": "client_credentials", "scope": "purchase_orders:read"}
    return post_form(TOKEN, {**form, **assertion_form(assertion)}, headers=headers)


def outcome(answer: Any) -> str:
    return str(answer.json().get("error", answer.json().get("token_type")))


# --- Proving oneself ----------------------------------------------------------------------------
@conforms("RFC 7523", "3", "The signature is by a key of the client's DID document.")
@pytest.mark.parametrize("alg", ("ES256", "EdDSA"))
def test_assertion_by_a_did_key_authenticates(world: World, alg: str) -> None:
    key = client_key(alg)
    did = did_key(key)
    client = with_did(world, did)

    for kid in (f"{did}#{did.removeprefix('did:key:')}", key.thumbprint(), None):
        assert outcome(ask(client, key, kid=kid)) == "Bearer"
    assert outcome(ask(client, client_key(alg), kid=None)) == "invalid_client"


def test_assertion_by_a_did_jwk_authenticates(world: World) -> None:
    key = client_key()
    client = with_did(world, did_jwk(public_jwk(key)))

    assert outcome(ask(client, key, kid=f"{client.did}#0")) == "Bearer"
    assert outcome(ask(client, key, kid=f"{client.did}#1")) == "invalid_client"
    assert outcome(ask(client, key, kid=key.kid)) == "invalid_client"


def test_assertion_by_a_key_of_the_document_authenticates(
    client: Client, did: str, site: Site
) -> None:
    first, second = client_key(), client_key("EdDSA")
    serve(site, did, a=first, b=second)

    answers = [
        ask(client, first, kid=f"{did}#a"),
        ask(client, second, kid=f"{did}#b"),
        ask(client, second, kid=second.thumbprint()),
        ask(client, second, kid=f"{did}#a"),
        ask(client, second, kid="b"),
        ask(client, client_key(), kid=f"{did}#a"),
    ]

    assert [outcome(answer) for answer in answers] == ["Bearer"] * 3 + ["invalid_client"] * 3
    assert [path for path, _ in site.asked] == ["/.well-known/did.json"]


def test_document_may_stand_on_a_path(world: World, site: Site) -> None:
    did = f"did:web:localhost%3A{site.address[1]}:tools:erp"
    key, client = client_key(), with_did(world, did)
    serve(site, did, a=key)

    assert outcome(ask(client, key, kid=f"{did}#a")) == "Bearer"
    assert [path for path, _ in site.asked] == ["/tools/erp/did.json"]


# --- Rotation -----------------------------------------------------------------------------------
def test_change_of_keys_is_followed_at_once(client: Client, did: str, site: Site) -> None:
    old, new = client_key(), client_key()
    serve(site, did, a=old)
    assert outcome(ask(client, old, kid=f"{did}#a")) == "Bearer"
    pause_is_over(client)
    serve(site, did, b=new)

    assert outcome(ask(client, new, kid=f"{did}#b")) == "Bearer"
    assert outcome(ask(client, old, kid=f"{did}#a")) == "invalid_client"


def test_key_that_was_withdrawn_is_refused_after_five_minutes(
    client: Client, did: str, site: Site
) -> None:
    old, new = client_key(), client_key()
    serve(site, did, a=old, b=new)
    assert outcome(ask(client, old, kid=f"{did}#a")) == "Bearer"
    serve(site, did, b=new)
    grows_old(client)

    assert outcome(ask(client, old, kid=f"{did}#a")) == "invalid_client"
    assert outcome(ask(client, new, kid=f"{did}#b")) == "Bearer"


def test_made_up_names_fetch_once_in_half_a_minute(client: Client, did: str, site: Site) -> None:
    key = client_key()
    serve(site, did, a=key)

    for number in range(5):
        assert outcome(ask(client, key, kid=f"{did}#k{number}")) == "invalid_client"

    assert len(site.asked) == 1
    assert outcome(ask(client, key, kid=f"{did}#a")) == "Bearer"


def test_document_that_is_away_serves_for_an_hour_and_no_longer(
    client: Client, did: str, site: Site, settings: Settings
) -> None:
    key = client_key()
    serve(site, did, a=key)
    assert outcome(ask(client, key, kid=f"{did}#a")) == "Bearer"
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        assert 3590 < int(str(valkey.ttl(cache.make_key(kept(client))))) <= 3600
    grows_old(client)
    site.status = 503

    assert outcome(ask(client, key, kid=f"{did}#a")) == "Bearer"
    cache.delete(kept(client))  # As an hour after it was last fetched.
    pause_is_over(client)
    assert outcome(ask(client, key, kid=f"{did}#a")) == "invalid_client"


def test_key_is_over_when_its_time_comes_and_not_when_the_document_is_fetched_again(
    client: Client, did: str, site: Site
) -> None:
    key, now = client_key(), datetime.now(tz=UTC)
    end = (now + timedelta(minutes=2)).isoformat()
    site.body = json.dumps(document(did, method(did, "k", key, expires=end))).encode()

    held = [
        has_key(client, key.thumbprint(), at=now + timedelta(minutes=passed))
        for passed in (0, 1, 3)
    ]
    site.status = 500
    grows_old(client)

    assert (held, has_key(client, key.thumbprint(), at=now + timedelta(minutes=30))) == (
        [True, True, False],
        False,
    )


def test_document_of_one_identifier_is_not_the_other_ones_at_the_same_address(
    world: World, client: Client, did: str, site: Site
) -> None:
    """`did:web:x` and `did:web:x:.well-known` stand at one address."""
    key, at = client_key(), datetime.now(tz=UTC)
    serve(site, did, k=key)
    other = with_did(world, f"{did}:.well-known")

    held = [has_key(one, key.thumbprint(), at=at) for one in (client, other)]

    assert held == [True, False]


# --- Attacks ------------------------------------------------------------------------------------
def test_document_of_another_identifier_proves_nothing(
    client: Client, did: str, site: Site
) -> None:
    key = client_key()
    serve(site, "did:web:localhost", a=key)

    for kid in (f"{did}#a", "did:web:localhost#a", key.thumbprint(), None):
        assert outcome(ask(client, key, kid=kid)) == "invalid_client"


def test_key_whose_private_part_is_published_proves_nothing(
    client: Client, did: str, site: Site
) -> None:
    key = client_key()
    leaked = method(did, "a", key, publicKeyJwk=key.as_dict(private=True))
    site.body = json.dumps(document(did, leaked)).encode()

    assert outcome(ask(client, key, kid=f"{did}#a")) == "invalid_client"


def test_key_for_statements_proves_nothing(client: Client, did: str, site: Site) -> None:
    key = client_key()
    entry = method(did, "a", key)
    made = document(did, entry, authentication=[], assertionMethod=[entry["id"]])
    site.body = json.dumps(made).encode()

    assert outcome(ask(client, key, kid=f"{did}#a")) == "invalid_client"


def test_key_of_another_controller_proves_nothing(client: Client, did: str, site: Site) -> None:
    key = client_key()
    entry = method(did, "a", key, controller="did:web:other.example")
    site.body = json.dumps(document(did, entry)).encode()

    assert outcome(ask(client, key, kid=f"{did}#a")) == "invalid_client"


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    (
        (302, b"", {"Location": "http://127.0.0.1/elsewhere"}),
        (200, b"[" * 70_000, {}),
        (200, b"no json", {}),
        (200, b"[]", {}),
        (404, b"{}", {}),
    ),
)
def test_answer_that_is_no_document_proves_nothing(
    client: Client, site: Site, status: int, body: bytes, headers: dict[str, str]
) -> None:
    site.status, site.body, site.headers = status, body, headers

    assert outcome(ask(client, client_key(), kid=f"{client.did}#a")) == "invalid_client"
    assert len(site.asked) == 1


def test_huge_document_is_not_read(client: Client, did: str, site: Site) -> None:
    key = client_key()
    made = document(did, method(did, "a", key), service=["x" * 70_000])
    site.body = json.dumps(made).encode()

    assert outcome(ask(client, key, kid=f"{did}#a")) == "invalid_client"


def test_document_on_a_private_address_is_not_fetched(
    client: Client, did: str, site: Site, settings: Settings
) -> None:
    """In production `localhost` is no host at all, whatever was registered before."""
    key = client_key()
    serve(site, did, a=key)
    settings.OUTBOUND_PRIVATE_HOSTS = False

    assert outcome(ask(client, key, kid=f"{did}#a")) == "invalid_client"
    assert site.asked == []


# --- DPoP ---------------------------------------------------------------------------------------
@conforms("RFC 9449", "4.3", "A client with a DID proves a key of its document.")
def test_token_is_bound_to_a_key_of_the_document(client: Client, did: str, site: Site) -> None:
    key, bound = client_key(), client_key("EdDSA")
    serve(site, did, a=key, b=bound)

    assert outcome(ask(client, key, kid=f"{did}#a", bound_to=key)) == "DPoP"
    assert outcome(ask(client, key, kid=f"{did}#a", bound_to=bound)) == "DPoP"


def test_proof_by_another_key_is_refused(client: Client, did: str, site: Site) -> None:
    key = client_key()
    serve(site, did, a=key)

    answer = ask(client, key, kid=f"{did}#a", bound_to=client_key())

    assert (answer.status_code, outcome(answer)) == (400, "invalid_dpop_proof")
    assert "DID document" in answer.json()["error_description"]


def test_proof_follows_the_change_of_keys(client: Client, did: str, site: Site) -> None:
    key, old, new = client_key(), client_key(), client_key()
    serve(site, did, a=key, b=old)
    assert outcome(ask(client, key, kid=f"{did}#a", bound_to=old)) == "DPoP"
    serve(site, did, a=key, b=new)
    grows_old(client)

    assert outcome(ask(client, key, kid=f"{did}#a", bound_to=old)) == "invalid_dpop_proof"
    assert outcome(ask(client, key, kid=f"{did}#a", bound_to=new)) == "DPoP"


def test_proof_for_a_did_key_is_by_that_key(world: World) -> None:
    key = client_key("EdDSA")
    client = with_did(world, did_key(key))

    assert outcome(ask(client, key, bound_to=key)) == "DPoP"
    assert outcome(ask(client, key, bound_to=client_key())) == "invalid_dpop_proof"


# --- Registration -------------------------------------------------------------------------------
def register(world: World, **metadata: Any) -> Client:
    return register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name="ERP",
        kind=ClientKind.SERVICE,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        grant_types=[GrantType.CLIENT_CREDENTIALS],
        scopes=(),
        partner=world.acme,
        metadata=ClientMetadata(**metadata),
    ).client


def test_client_registers_an_identifier_and_nothing_beside_it(world: World) -> None:
    client = register(world, did="did:web:acme.example")

    assert (client.did, client.client_jwks, client.client_jwks_uri, client.client_secret) == (
        "did:web:acme.example", None, "", "",
    )  # fmt: skip
    told = Event.objects.get(action=Action.CLIENT_CREATED, subject_id=client.client_id).data
    assert told["did"] == "did:web:acme.example"


@pytest.mark.parametrize(
    "metadata",
    (
        {"did": "did:web:acme.example", "client_jwks": jwks()},
        {"did": "did:web:acme.example", "client_jwks_uri": "https://acme.example/jwks"},
        {},
    ),
)
def test_keys_are_in_exactly_one_place(world: World, metadata: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(world, **metadata)

    assert [(one.pointer, one.code) for one in refused.value.errors] == [
        ("/client_jwks", "keys-mismatch")
    ]


def test_faulty_identifier_is_refused_with_its_place(world: World) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(world, did="did:web:127.0.0.1")

    assert [(one.pointer, one.code) for one in refused.value.errors] == [
        ("/did", "did-not-allowed")
    ]


def test_identifier_takes_the_place_of_keys_and_the_other_way_round(world: World) -> None:
    at, actor = datetime.now(tz=UTC), system_actor("test")
    client = register(world, client_jwks=jwks())

    change_client(actor=actor, at=at, client=client, did="did:web:acme.example")
    client.refresh_from_db()
    first = (client.did, client.client_jwks)
    change_client(actor=actor, at=at, client=client, client_jwks_uri="https://acme.example/jwks")
    client.refresh_from_db()

    assert first == ("did:web:acme.example", None)
    assert (client.did, client.client_jwks_uri) == ("", "https://acme.example/jwks")


def test_command_registers_an_identifier_and_where_sign_outs_are_told() -> None:
    out = StringIO()
    call_command(
        "create_client", "--internal", "--name", "Intranet", "--auth", "private_key_jwt",
        "--did", "did:web:acme.example", "--backchannel-logout-uri", "https://acme.example/out",
        "--json", stdout=out,
    )  # fmt: skip

    client = Client.objects.get(client_id=json.loads(out.getvalue())["client_id"])
    assert (client.did, client.backchannel_logout_uri) == (
        "did:web:acme.example",
        "https://acme.example/out",
    )
