"""What an actor tells of its rights: the limits of its token, and all that the act rests on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.core.actor import Actor, Granted, Origin, system_actor
from apps.oauth.models import TokenSession
from apps.oauth.rest import TokenAuthentication
from apps.oauth.rest.api_keys import actor_by_key
from apps.oauth.selectors.api_keys import api_key_state
from tests.factories.api_keys import api_key
from tests.factories.details import ask_machine, entry, erp, euros
from tests.factories.identity import staff_browser
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger, token_of, told
from tests.factories.oauth import access_token, code_for, pkce, redeem, web_app
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def actor_of(token: str) -> Actor:
    request = APIRequestFactory().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    actor, _auth = TokenAuthentication().authenticate(Request(request))
    return actor


def own(session: TokenSession) -> Granted:
    client_id = session.client.client_id if session.client else ""
    return Granted(session.pk, client_id, session.granted_at)


def test_token_brings_its_limits_and_when_it_was_granted(world: World) -> None:
    answer = ask_machine(erp(world), entry(world.office, limits={"total": euros("10.00")}))

    actor = actor_of(told(answer)["access_token"])

    session = TokenSession.objects.get()
    assert list(actor.authorization_details) == session.authorization_details
    assert actor.grants == (own(session),)
    assert (actor.granted_at, actor.limits_session_id) == (session.granted_at, session.pk)


def test_token_without_limits_brings_none(world: World) -> None:
    actor = actor_of(access_token(erp(world)))

    assert (actor.authorization_details, actor.authorization_details_sha256) == ((), "")


def test_api_key_brings_when_it_was_granted(world: World, settings: Any) -> None:
    settings.LEGACY_API_KEYS = True
    made = api_key(world.acme)
    state = api_key_state(made.key, at=datetime.now(tz=UTC))
    assert state is not None

    actor = actor_by_key(state, key=made.key, origin=Origin())

    assert actor.grants == (own(made.api_key.session),)


def test_staff_bring_when_they_signed_in_from_their_first_page_on() -> None:
    browser = staff_browser()

    actors = [browser.get("/admin/").wsgi_request.actor for _page in range(2)]

    session = TokenSession.objects.get(kind="staff")
    assert [actor.grants for actor in actors] == [(own(session),)] * 2


def test_exchanged_token_brings_all_that_it_came_of(world: World) -> None:
    """The first is whose limits are counted; the last is its own."""
    app, proof = web_app(partner=world.acme), pkce()
    token = told(redeem(app, code_for(world.bo, app, proof), proof))["access_token"]
    service = exchanger(is_resource_server=True)
    for _link in range(2):
        token = token_of(exchange(service, token, ACCESS_TOKEN))

    actor = actor_of(token)

    chain = [own(one) for one in TokenSession.objects.filter(kind="user").order_by("id")]
    assert [one.client_id for one in chain] == [
        app.client.client_id,
        *[service.client.client_id] * 2,
    ]
    assert list(actor.grants) == chain
    assert (actor.limits_session_id, actor.session_id) == (chain[0].session_id, chain[2].session_id)


def test_the_system_rests_on_no_grant() -> None:
    assert system_actor("test").grants == (Granted(None, "", None),)
