"""What a token that came of an exchange proposed takes effect later, with nobody the freer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection

from apps.core.errors import ConflictError
from apps.oauth.models import AccessToken, TokenSession
from apps.oauth.services import NewClient, end_session
from apps.oauth.services.purge import purge_expired_tokens
from apps.procurement.models import OrderChange
from apps.procurement.services import accept_change
from apps.procurement.services.purchasing import actor_of_session
from tests.factories.details import buyer_of
from tests.factories.gateway import ORDERS, Caller
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger, token_of
from tests.factories.oauth import basic, code_for, pkce, post_form, redeem, web_app
from tests.factories.procurement import actor_for, asking, issued
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
SCOPES = ["purchase_orders:read", "purchase_orders:create", "purchase_orders:change"]
LATER = timedelta(hours=12)


def proposed_by_a_service(world: World) -> tuple[OrderChange, NewClient, str]:
    """Over HTTP by a service that somebody of the buyer's token was exchanged for, twice; with the
    application that got that token, and the token.
    """
    order, user = issued(world), buyer_of(world.office)
    app, proof = web_app(scopes=[*SCOPES, "offline_access"]), pkce()
    first = json.loads(redeem(app, code_for(user, app, proof), proof).content)["access_token"]
    service = exchanger(is_resource_server=True, scopes=SCOPES)
    token = first
    for _ in range(2):
        token = token_of(exchange(service, token, ACCESS_TOKEN, scope=None))
    caller, at = Caller(token), f"{ORDERS}/{order.public_id}"
    fewer = {"lines": [{"line_no": 1, "quantity": "100"}], "note": "Fewer"}
    made = caller.post(f"{at}/changes", fewer, If_Match=caller.get(at)["ETag"])
    assert made.status_code == 201, made.content
    return OrderChange.objects.get(), app, first


def purge(at: datetime) -> None:
    purge_expired_tokens(at=at, limit=1000)
    assert not AccessToken.objects.filter(session__kind="user").exists()


def accept(world: World, change: OrderChange, at: datetime) -> OrderChange:
    acme = actor_for(world.acme, world.office)
    return accept_change(**asking(change.order, acme, at=at), change_id=change.public_id)


def test_it_is_accepted_after_the_tokens_it_came_of_were_purged(world: World) -> None:
    change, _app, _token = proposed_by_a_service(world)
    morning = datetime.now(tz=UTC) + LATER

    purge(morning)

    assert accept(world, change, morning).status == "accepted"


def test_its_chain_is_known_after_the_purge(world: World) -> None:
    """And with it every policy that bound one of them."""
    change, app, _token = proposed_by_a_service(world)
    before = actor_of_session(change.created_by_session).exchanged_from

    purge(datetime.now(tz=UTC) + LATER)

    assert actor_of_session(change.created_by_session).exchanged_from == before
    assert before[0].client_id == app.client.client_id
    assert len(before) == 2


def end_first(_world: World, change: OrderChange, _app: NewClient, _token: str) -> None:
    first = TokenSession.objects.get(pk=change.created_by_session.exchanged_from[0])
    end_session(actor=SETUP, at=datetime.now(tz=UTC), session=first, reason="stolen")


def revoke_first(_world: World, _change: OrderChange, app: NewClient, token: str) -> None:
    given = basic(app.client, app.secret)
    assert post_form("/oauth/revoke", {"token": token}, authorization=given).status_code == 200


def revoke_first_late(world: World, change: OrderChange, app: NewClient, token: str) -> None:
    """When what it was exchanged for has expired."""
    second = TokenSession.objects.filter(exchanged_from__len__gt=0)
    second.update(expires_at=datetime.now(tz=UTC))
    revoke_first(world, change, app, token)


def forget(_world: World, _change: OrderChange, _app: NewClient, _token: str) -> None:
    """A session from before chains were kept, whose tokens were purged by then."""
    TokenSession.objects.update(exchanged_from=[])


@pytest.mark.parametrize("end", (end_first, revoke_first, revoke_first_late, forget))
@pytest.mark.parametrize("is_purged", (False, True))
def test_it_is_not_accepted_once_the_first_token_was_ended(
    world: World, end: Callable[..., None], *, is_purged: bool
) -> None:
    change, app, token = proposed_by_a_service(world)
    end(world, change, app, token)
    morning = datetime.now(tz=UTC) + LATER
    if is_purged:
        purge(morning)

    with pytest.raises(ConflictError):
        accept(world, change, morning)


def test_chains_of_before_are_filled_from_the_tokens_that_are_there(world: World) -> None:
    change, _app, _token = proposed_by_a_service(world)
    kept = change.created_by_session.exchanged_from
    TokenSession.objects.update(exchanged_from=[])

    with connection.cursor() as cursor:
        cursor.execute(import_module("apps.oauth.migrations.0013_chains_kept").FILL)

    chains = dict(TokenSession.objects.values_list("pk", "exchanged_from"))
    assert chains.pop(change.created_by_session_id) == kept
    assert max(map(len, chains.values())) == 1
