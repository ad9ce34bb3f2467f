"""Races, with threads on real PostgreSQL: one winner, no 5xx, nothing left alive."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from apps.oauth.models import AccessToken, RefreshToken, TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.selectors import live_sessions
from apps.oauth.services import resume_client, suspend_client
from tests.conformance.compliance import conforms
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger
from tests.factories.oauth import (
    basic,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    refresh,
    web_app,
)
from tests.factories.threads import at_once, somebody_waits
from tests.factories.world import SETUP, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:  # noqa: ARG001 -- asks for committed rows
    return make_world()


@conforms(
    "Library",
    "finding 6",
    "Twelve codes, eight redemptions each: twelve winners, no ghost tokens, no 5xx.",
)
def test_each_of_twelve_codes_has_one_winner_of_eight(world: World) -> None:
    new = web_app(partner=world.acme)
    for _ in range(12):
        proof = pkce()
        code = code_for(world.bo, new, proof, prompt="consent")

        statuses = Counter(
            answer.status_code
            for answer in at_once(*[lambda c=code, p=proof: redeem(new, c, p)] * 8)
        )

        assert statuses == {200: 1, 400: 7}
    assert AccessToken.objects.count() == 12
    assert live_sessions(at=datetime.now(tz=UTC)).count() == 0  # Reuse revoked them all.


@conforms("Library", "defect 4", "Parallel refreshes never fork the family.")
@conforms("Library", "finding 5", "Eight parallel refreshes have one successor and no 5xx.")
def test_eight_parallel_refreshes_have_one_successor(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    token = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)["refresh_token"]

    answers = at_once(*[lambda: refresh(new, token)] * 8)

    assert Counter(answer.status_code for answer in answers) == {200: 8}
    assert len({json.loads(answer.content)["refresh_token"] for answer in answers}) == 1
    assert RefreshToken.objects.count() == 2
    assert TokenSession.objects.filter(ended_at__isnull=True).count() == 1


@conforms("House", "races", "A refresh that races a revocation leaves nothing alive.")
def test_refresh_racing_revocation_leaves_nothing_alive(world: World) -> None:
    new = web_app(partner=world.acme)
    for _ in range(6):
        proof = pkce()
        code = code_for(world.bo, new, proof, prompt="consent")
        token = json.loads(redeem(new, code, proof).content)["refresh_token"]

        def revoke(token: str = token) -> Any:
            proved = basic(new.client, new.secret)
            return post_form("/oauth/revoke", {"token": token}, authorization=proved)

        def renew(token: str = token) -> Any:
            return refresh(new, token)

        statuses = [answer.status_code for answer in at_once(renew, revoke, renew, renew)]

        assert set(statuses) <= {200, 400}
        assert statuses[1] == 200
        assert refresh(new, token).status_code == 400
    assert live_sessions(at=datetime.now(tz=UTC)).count() == 0


@conforms("House", "races", "Issuance that races a suspension leaves nothing alive.")
def test_issuance_racing_suspension_leaves_nothing_alive_even_after_resuming(
    world: World,
) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    def ask() -> Any:
        form = {"grant_type": "client_credentials"}
        return post_form("/oauth/token", form, authorization=basic(new.client, new.secret))

    def suspend() -> None:
        suspend_client(actor=SETUP, at=datetime.now(tz=UTC), client=new.client, reason="race")

    for _ in range(5):
        answers = at_once(*[ask] * 7, suspend)
        at = datetime.now(tz=UTC)
        while_suspended = live_sessions(at=at).count()
        resume_client(actor=SETUP, at=at, client=new.client, reason="race")

        assert {answer.status_code for answer in answers if answer} <= {200, 401}
        assert (while_suspended, live_sessions(at=at).count()) == (0, 0)


def test_revocation_ends_an_exchanged_session_that_another_holds(world: World) -> None:
    """Even one that has expired, which no later job would meet."""
    grants = (GrantType.AUTHORIZATION_CODE, GrantType.TOKEN_EXCHANGE)
    app = exchanger(partner=world.acme, grants=grants, dpop_bound_access_tokens=False)
    service, proof = exchanger(is_resource_server=True), pkce()
    answer = redeem(app, code_for(world.bo, app, proof), proof)
    token = json.loads(answer.content)["access_token"]
    assert exchange(service, token, ACCESS_TOKEN, scope=None).status_code == 200
    exchanged = TokenSession.objects.filter(client=service.client)

    def revoke() -> Any:
        return post_form(
            "/oauth/revoke", {"token": token}, authorization=basic(app.client, app.secret)
        )

    with ThreadPoolExecutor(max_workers=1) as threads:
        with transaction.atomic():
            exchanged.update(expires_at=datetime.now(tz=UTC))
            begun = threads.submit(at_once, revoke)
            somebody_waits()
        statuses = [one.status_code for one in begun.result()]

    assert statuses == [200]
    assert [one.end_reason for one in exchanged] == ["the token it was exchanged for has ended"]
