"""OWASP ASVS 5, chapter V10, where no other specification says it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    ask,
    changed,
    error_of,
    post,
    sent_back,
    signed_in,
    tokens_of,
    told,
)
from tests.factories.oauth import refresh, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@conforms("ASVS 5 V10", "10.4.5", "A public client's refresh token is spent by its use.")
def test_spent_refresh_token_of_a_public_client_ends_everything(
    world: World, time_machine: Any
) -> None:
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    first = tokens_of(world.bo, new)["refresh_token"]
    second = told(refresh(new, first))["refresh_token"]
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=31))

    answers = [refresh(new, first), refresh(new, second)]

    assert [error_of(one) for one in answers] == [(400, "invalid_grant")] * 2


@conforms("ASVS 5 V10", "10.4.7", "Nobody registers a client without being asked.")
def test_there_is_no_open_registration(world: World) -> None:
    del world
    metadata = told(Browser().get("/.well-known/oauth-authorization-server"))

    assert post("/oauth/register", {}).status_code == 404
    assert "registration_endpoint" not in metadata


@conforms("ASVS 5 V10", "10.4.8", "Refresh tokens end on a day that no use moves.")
def test_refreshing_does_not_move_the_end(world: World, time_machine: Any) -> None:
    new = changed(web_app(partner=world.acme), session_seconds=3600, refresh_idle_seconds=3600)
    begun = datetime.now(tz=UTC)
    first = tokens_of(world.bo, new)["refresh_token"]
    time_machine.move_to(begun + timedelta(minutes=50))
    second = told(refresh(new, first))["refresh_token"]
    time_machine.move_to(begun + timedelta(minutes=61))

    assert error_of(refresh(new, second)) == (400, "invalid_grant")


@conforms("ASVS 5 V10", "10.4.12", "No response mode but the one that is used is accepted.")
@pytest.mark.parametrize("mode", ("fragment", "form_post", "jwt", "web_message"))
def test_other_response_modes_are_refused(mode: str, world: World) -> None:
    back = sent_back(ask(signed_in(world.bo), web_app(partner=world.acme), response_mode=mode))

    assert (back["error"], back["state"]) == ("invalid_request", "a-state")


@conforms("ASVS 5 V10", "10.7.2", "The person is told who asks, for what, and where it leads.")
def test_consent_page_says_who_asks_and_for_what(world: World) -> None:
    page = ask(signed_in(world.bo), web_app(partner=world.acme), scope="purchase_orders:read")

    text = page.content.decode()
    said = ("Web app", "Acme", "See purchase orders", "https://app.example", "10 minutes")
    assert [words for words in said if words not in text] == []
