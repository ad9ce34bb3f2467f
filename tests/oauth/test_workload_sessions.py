"""What a client that an issuer speaks for may hold, and how it ends with the issuer's word."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from joserfc.jwk import Key
from pytest_django import Settings

from apps.core.actor import Origin
from apps.oauth.crypto import sha256_hex
from apps.oauth.models import AccessToken, Client, RefreshToken, TokenSession, TrustedIssuer
from apps.oauth.models.clients import GrantType
from apps.oauth.selectors import client_at_grant, token_state
from apps.oauth.services import NewClient
from apps.oauth.services.dpop import fresh_nonce
from apps.oauth.services.issuers import change_issuer, deactivate_issuer, reactivate_issuer
from apps.oauth.services.minting import Terms
from apps.oauth.services.sessions import end_dead_sessions
from apps.oauth.services.tokens import issue_to_client
from tests.conformance.stage import call_api
from tests.factories.issuers import HERE, KEY, ORDERS, error_of, token_of, told, trusted
from tests.factories.jose import assertion_form, client_key, dpop_proof, public_jwks, use_keys
from tests.factories.oauth import (
    authorize_query,
    bound_token,
    code_for,
    pkce,
    post_form,
    redeem,
    refresh,
)
from tests.factories.web import Site, serving
from tests.factories.workloads import ask, shown, word, workload
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
REFUSED = (401, "invalid_client")
RESTRICTED = "audit:read"
CODE = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)


@pytest.fixture
def issuer(world: World) -> TrustedIssuer:
    return trusted(partner=world.acme)


@pytest.fixture
def client(world: World, issuer: TrustedIssuer) -> Client:
    return workload(issuer, partner=world.acme).client


@pytest.fixture
def app(world: World, issuer: TrustedIssuer) -> NewClient:
    return workload(issuer, partner=world.acme, grants=CODE, scopes=[ORDERS, "offline_access"])


def proved(key: Key) -> dict[str, str]:
    nonce = fresh_nonce(datetime.now(tz=UTC))
    return {"DPoP": dpop_proof(key, "POST", f"{HERE}/oauth/token", nonce=nonce)}


def connected(world: World, app: NewClient) -> dict[str, Any]:
    """What Bo's code was redeemed for."""
    proof = pkce()
    return told(redeem(app, code_for(world.bo, app, proof), proof, **assertion_form(word())))


def again(app: NewClient, token: str) -> Any:
    return refresh(app, token, **assertion_form(word()))


# --- What it may hold -----------------------------------------------------------------------------
def test_a_restricted_scope_needs_a_key_of_the_clients_own(client: Client) -> None:
    """With a bound token too: who takes the assertion could bind it to a key of theirs."""
    Client.objects.filter(pk=client.pk).update(allowed_scopes=[ORDERS, RESTRICTED])
    key = client_key()

    restricted = ask(client, word(), scope=RESTRICTED, headers=proved(key))
    lesser = ask(client, word(), headers=proved(key))
    keyed = use_keys(client, key, client_assertion_issuer=None, client_assertion_subject="")

    assert error_of(restricted) == (400, "invalid_scope")
    assert told(lesser)["token_type"] == "DPoP"
    assert bound_token(keyed, key, [RESTRICTED])


def test_a_refresh_token_of_a_client_without_a_key_rotates(world: World, app: NewClient) -> None:
    first = connected(world, app)["refresh_token"]

    second = told(again(app, first))["refresh_token"]

    assert second != first
    assert RefreshToken.objects.count() == 2


def test_a_bound_session_keeps_its_key_where_the_client_has_none(
    world: World, app: NewClient
) -> None:
    """A client that shows a key of its own may change the other one (policy/refresh.py)."""
    key, token = client_key(), connected(world, app)["refresh_token"]
    TokenSession.objects.update(dpop_jkt=key.thumbprint())

    def refreshed(shown_key: Key) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return post_form(
            "/oauth/token", {**form, **shown(app.client, word())}, headers=proved(shown_key)
        )

    assert refreshed(key).status_code == 200
    assert error_of(refreshed(client_key())) == (400, "invalid_grant")


# --- Its end --------------------------------------------------------------------------------------
def test_deactivating_the_issuer_ends_what_its_word_opened(
    client: Client, issuer: TrustedIssuer, at: datetime
) -> None:
    token = token_of(ask(client, word()))
    assert call_api(token).status_code == 200

    ended = deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")

    assert ended == 1
    assert call_api(token).status_code == 401
    assert error_of(ask(client, word())) == REFUSED
    assert TokenSession.objects.get().end_reason == "trusted issuer deactivated: leaked"


def test_it_ends_what_people_gave_such_a_client_too(
    world: World, app: NewClient, issuer: TrustedIssuer, at: datetime
) -> None:
    tokens = connected(world, app)
    assert call_api(tokens["access_token"]).status_code == 200

    ended = deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")

    assert ended == 1
    assert call_api(tokens["access_token"]).status_code == 401
    assert error_of(again(app, tokens["refresh_token"])) == REFUSED
    session = TokenSession.objects.get()
    assert (session.user, session.end_reason) == (world.bo, "trusted issuer deactivated: leaked")


def test_nobody_is_asked_to_let_such_a_client_in_any_more(
    world: World, app: NewClient, issuer: TrustedIssuer, at: datetime
) -> None:
    deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")
    browser = Browser()
    browser.force_login(world.bo)

    assert browser.get("/oauth/authorize", authorize_query(app, pkce())).status_code == 400


def test_reactivating_the_issuer_revives_nothing(
    world: World, client: Client, app: NewClient, issuer: TrustedIssuer, at: datetime
) -> None:
    own, persons = token_of(ask(client, word())), connected(world, app)["access_token"]
    deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")
    reactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="mended")
    TokenSession.objects.update(ended_at=None)

    assert [call_api(token).status_code for token in (own, persons)] == [401, 401]
    assert call_api(token_of(ask(client, word()))).status_code == 200


@pytest.mark.parametrize("back", (False, True))
def test_what_was_decided_before_the_flip_and_written_after_it_is_born_dead(
    client: Client, issuer: TrustedIssuer, at: datetime, *, back: bool
) -> None:
    grant = client_at_grant(client.client_id, at=at)
    assert grant is not None
    deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")
    if back:
        reactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="mended")

    issue_to_client(
        grant=grant, terms=Terms(scopes=[ORDERS]), auth_method="x", origin=Origin(), at=at
    )

    state = token_state(AccessToken.objects.get().jti, at=at)
    assert state is not None
    assert not state.is_live


def test_the_cause_is_told_where_a_job_ends_the_row(
    world: World, app: NewClient, issuer: TrustedIssuer, at: datetime
) -> None:
    connected(world, app)
    TrustedIssuer.objects.update(is_active=False)

    assert end_dead_sessions(at=at, limit=10) == 1
    assert TokenSession.objects.get().end_reason == "trusted issuer deactivated"
    assert issuer.pk


# --- Its keys, where they are fetched -------------------------------------------------------------
@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


@pytest.fixture
def remote(world: World, site: Site) -> TrustedIssuer:
    site.body = json.dumps(public_jwks(KEY)).encode()
    return trusted(partner=world.acme, jwks_uri=site.url("/jwks"))


def pause_is_over(issuer: TrustedIssuer) -> None:
    """As half a minute after the last attempt to fetch."""
    cache.delete(f"jwks-turn:{issuer.public_id}:{sha256_hex(issuer.jwks_uri)}")


def test_a_change_of_the_issuers_keys_is_followed(site: Site, remote: TrustedIssuer) -> None:
    client, fresh = workload(remote, partner=remote.partner).client, client_key(kid="k2")
    assert [ask(client, word()).status_code for _ in range(2)] == [200, 200]
    site.body = json.dumps(public_jwks(fresh)).encode()
    pause_is_over(remote)

    assert ask(client, word(fresh)).status_code == 200
    assert error_of(ask(client, word())) == REFUSED
    assert len(site.asked) == 2


def test_made_up_key_names_make_us_no_hammer(site: Site, remote: TrustedIssuer) -> None:
    client = workload(remote, partner=remote.partner).client
    assert ask(client, word()).status_code == 200
    pause_is_over(remote)

    for number in range(5):
        assert error_of(ask(client, word(client_key(kid=f"k{number + 5}")))) == REFUSED

    assert len(site.asked) == 2
    assert ask(client, word()).status_code == 200


def test_an_address_inside_is_not_called(
    site: Site, remote: TrustedIssuer, settings: Settings
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False
    client = workload(remote, partner=remote.partner).client

    assert error_of(ask(client, word())) == REFUSED
    assert site.asked == []


def test_an_issuer_that_is_not_believed_is_not_even_asked(
    site: Site, remote: TrustedIssuer, at: datetime
) -> None:
    client = workload(remote, partner=remote.partner).client
    deactivate_issuer(actor=SETUP, at=at, issuer=remote, reason="leaked")

    assert error_of(ask(client, word())) == REFUSED
    assert site.asked == []


def test_keys_that_staff_replaced_count_no_more(
    client: Client, issuer: TrustedIssuer, at: datetime
) -> None:
    fresh = client_key(kid="k2")
    change_issuer(actor=SETUP, at=at, issuer=issuer, jwks=public_jwks(fresh))

    assert ask(client, word(fresh)).status_code == 200
    assert error_of(ask(client, word())) == REFUSED
