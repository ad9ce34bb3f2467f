"""Attacks on people through a client they trust: whoever changes where its answers go, or is shown
its secret, must not get what others have let it do.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import ValidationFailedError
from apps.identity.models import User
from apps.oauth.models import Client, ClientKind, Consent
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.policy.sign_in import plain_sign_in
from apps.oauth.selectors import client_at_grant, person_at_grant
from apps.oauth.services import (
    NewClient,
    change_client,
    register_client,
    rotate_api_key,
    rotate_secret,
)
from apps.oauth.services.api_keys import create_api_key
from apps.oauth.services.codes import Consent as GivenConsent
from apps.oauth.services.codes import prepare_consent
from apps.oauth.services.consents import remember_consent
from apps.partners.models import Partner, Role
from tests.factories.client_keys import jwks, public_jwk
from tests.factories.consents import standing
from tests.factories.device import browser_of
from tests.factories.oauth import (
    REDIRECT_URI,
    authorize_query,
    code_for,
    machine,
    pkce,
    redirect_parameters,
    web_app,
)
from tests.factories.world import SETUP, World, make_world, person

pytestmark = pytest.mark.django_db

EVIL = "https://evil.example/callback"
OFFICER = Actor(kind=ActorKind.STAFF, id="usr_x", label="officer@nordwind.example")
MANAGER = replace(OFFICER, role=Role.EDITOR)
ADMINISTRATOR = replace(OFFICER, role=Role.APPROVER_ADMIN)


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def boss(world: World) -> User:
    """An administrator of the buyer's."""
    del world
    somebody = person("boss@buyer.example", is_staff=True)
    somebody.groups.add(Group.objects.get(name="administrator"))
    return somebody


def silently(user: User, new: NewClient, **changes: str) -> dict[str, str]:
    """What a link that shows no page gives to whoever made it."""
    query = authorize_query(new, pkce(), prompt="none", **changes)
    return redirect_parameters(browser_of(user).get("/oauth/authorize", query))


def change(client: Client, actor: Actor = SETUP, **changes: Any) -> Client:
    return change_client(actor=actor, at=now(), client=client, **changes)


# --- A new place or a new holder ------------------------------------------------------------------


def test_changed_destination_gets_no_code_by_an_earlier_consent(boss: User) -> None:
    new = web_app(scopes=["projects:read", "purchase_orders:cancel"])
    code_for(boss, new, pkce())

    before = silently(boss, new)
    change(new.client, ADMINISTRATOR, redirect_uris=[EVIL])
    after = silently(boss, new, redirect_uri=EVIL)

    event = Event.objects.get(action="client.changed")
    assert ("code" in before, after["error"]) == (True, "consent_required")
    assert event.data["consents_revoked"] == 1


def test_manager_cannot_take_over_a_client_of_an_administrators(boss: User) -> None:
    """The review's chain: another address, a new secret, a link."""
    new = web_app(scopes=["projects:close", "purchase_orders:cancel"])
    code_for(boss, new, pkce())

    for attempt in (
        lambda: change(new.client, MANAGER, redirect_uris=[EVIL]),
        lambda: change(new.client, MANAGER, scopes=[]),
        lambda: rotate_secret(actor=MANAGER, at=now(), client=new.client),
        lambda: rotate_api_key(actor=MANAGER, at=now(), client=new.client),
    ):
        with pytest.raises(ValidationFailedError):
            attempt()

    assert "code" in silently(boss, new)


@pytest.mark.parametrize(
    ("actor", "expected"), ((MANAGER, 2), (ADMINISTRATOR, 2), (OFFICER, 2), (SETUP, 0))
)
def test_secret_shown_to_staff_ends_the_consents_and_the_operators_does_not(
    actor: Actor, expected: int, world: World
) -> None:
    new, other = web_app(partner=world.acme), web_app(partner=world.acme)
    for user in (world.bo, world.cy):
        standing(user, new.client)
    standing(world.bo, other.client)

    rotate_secret(actor=actor, at=now(), client=new.client, overlap=timedelta(hours=1))

    event = Event.objects.get(action="client.secret_rotated")
    assert event.data["consents_revoked"] == expected
    assert new.client.consents.filter(revoked_at__isnull=False).count() == expected
    assert other.client.consents.filter(revoked_at__isnull=True).count() == 1


@pytest.mark.parametrize(
    ("changes", "ended"),
    (
        ({"redirect_uris": [REDIRECT_URI, "https://app.example/second"]}, True),
        ({"redirect_uris": ["https://app.example/second"]}, True),
        ({"redirect_uris": [REDIRECT_URI]}, False),
        ({"post_logout_redirect_uris": ["https://app.example/bye"]}, False),
        ({"scopes": ["purchase_orders:read", "invoices:read"]}, False),
        ({"access_token_seconds": 300}, False),
    ),
)
def test_consents_end_with_a_new_address_and_not_with_any_change(
    changes: dict[str, Any], world: World, *, ended: bool
) -> None:
    new = web_app(partner=world.acme)
    kept = standing(world.bo, new.client)

    change(new.client, **changes)

    kept.refresh_from_db()
    assert (kept.revoked_at is not None) is ended


def test_address_that_is_taken_away_ends_nothing(world: World) -> None:
    new = web_app(partner=world.acme, redirect_uris=(REDIRECT_URI, "https://app.example/second"))
    kept = standing(world.bo, new.client)

    change(new.client, redirect_uris=[REDIRECT_URI])

    kept.refresh_from_db()
    assert kept.revoked_at is None


FIRST, SECOND = public_jwk(), public_jwk("OKP")


@pytest.mark.parametrize(
    ("before", "changes", "ended"),
    (
        ({"client_jwks": jwks(FIRST)}, {"client_jwks": jwks(FIRST, SECOND)}, True),
        ({"client_jwks": jwks(FIRST)}, {"client_jwks_uri": "https://a.example/jwks"}, True),
        ({"client_jwks": jwks(FIRST, SECOND)}, {"client_jwks": jwks(SECOND)}, False),
        ({"client_jwks_uri": "https://a.example/jwks"}, {"client_jwks": jwks(FIRST)}, True),
        (
            {"client_jwks_uri": "https://a.example/jwks"},
            {"client_jwks_uri": "https://evil.example/jwks"},
            True,
        ),
    ),
)
def test_consents_end_with_a_new_key(
    before: dict[str, Any], changes: dict[str, Any], world: World, *, ended: bool
) -> None:
    client = register_client(
        actor=SETUP,
        at=now(),
        name="Keyed",
        kind=ClientKind.SERVICE,
        partner=world.acme,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        grant_types=[GrantType.AUTHORIZATION_CODE],
        scopes=["purchase_orders:read"],
        redirect_uris=[REDIRECT_URI],
        metadata=ClientMetadata(**before),
    ).client
    kept = standing(world.bo, client)

    change(client, **changes)

    kept.refresh_from_db()
    assert (kept.revoked_at is not None) is ended


def given(user: User, client: Client) -> GivenConsent:
    """What the person is about to agree to, of the client as it is now."""
    grant = client_at_grant(client.client_id, at=now())
    assert grant is not None
    who = person_at_grant(user.pk, at=now())
    return prepare_consent(
        grant=grant,
        person=who,
        sign_in=plain_sign_in(now()),
        scopes=["purchase_orders:read"],
        at=now(),
    )


def test_answer_about_the_client_as_it_was_is_not_remembered(world: World) -> None:
    """The page was about another address than the one that stands now."""
    new = web_app(partner=world.acme)
    for act in (
        lambda: change(new.client, redirect_uris=[EVIL]),
        lambda: rotate_secret(actor=MANAGER, at=now(), client=new.client),
    ):
        consent = given(world.bo, new.client)
        act()

        remember_consent(consent=consent, at=now())

    assert not Consent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_answer_given_while_the_client_is_changed_does_not_outlast_it() -> None:
    """Whichever of the two comes first, the other sees it."""
    world = make_world()
    new = web_app(partner=world.acme)

    def agree(consent: GivenConsent) -> None:
        with transaction.atomic():
            remember_consent(consent=consent, at=now())

    for turn in range(6):
        consent = given(world.bo, new.client)
        works: list[Callable[[], object]] = [partial(agree, consent)] * 4
        to = [f"https://evil.example/{turn}"]
        works.insert(turn % 5, partial(change, new.client, redirect_uris=to))
        _in_threads(works)

        assert not Consent.objects.filter(revoked_at__isnull=True).exists()


def _in_threads(works: list[Callable[[], object]]) -> None:
    def close_after(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(works)) as threads:
        for begun in [threads.submit(close_after, one) for one in works]:
            begun.result()


# --- Nobody hands out more than they have ---------------------------------------------------------


def register(actor: Actor, **changes: Any) -> NewClient:
    values: dict[str, Any] = {
        "name": "Machine",
        "kind": ClientKind.INTERNAL,
        "auth_method": AuthMethod.SECRET_BASIC,
        "grant_types": [GrantType.CLIENT_CREDENTIALS],
        **changes,
    }
    return register_client(actor=actor, at=now(), **values)


BEYOND_AN_EDITOR = ("projects:close", "purchase_orders:cancel", "purchase_orders.cost:read")


@pytest.mark.parametrize("actor", (OFFICER, MANAGER, replace(OFFICER, role=Role.VIEWER)))
@pytest.mark.parametrize("scope", (*BEYOND_AN_EDITOR, "bids:read", "vendors.banking:read"))
@pytest.mark.parametrize("role", (Role.VIEWER, Role.EDITOR, Role.INTEGRATION))
def test_staff_register_no_machine_that_may_do_what_they_may_not(
    actor: Actor, scope: str, role: Role
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(actor, scopes=["purchase_orders:read", scope], role=role)

    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/scopes", "restricted")]


@pytest.mark.parametrize("scope", (*BEYOND_AN_EDITOR, "bids:read"))
def test_administrator_registers_any_machine_below_the_restricted_tier(scope: str) -> None:
    new = register(ADMINISTRATOR, scopes=[scope], role=Role.VIEWER)

    assert new.client.allowed_scopes == [scope]


def test_staff_change_no_client_into_one_that_may_do_what_they_may_not() -> None:
    client = machine(scopes=["purchase_orders:read"]).client

    for actor in (OFFICER, MANAGER):
        with pytest.raises(ValidationFailedError):
            change(client, actor, scopes=["purchase_orders:read", "projects:close"])
    change(client, ADMINISTRATOR, scopes=["purchase_orders:read", "projects:close"])


def test_key_holds_no_more_than_a_client_would(world: World) -> None:
    def make(actor: Actor, partner: Partner, scope: str) -> object:
        return create_api_key(
            actor=actor,
            at=now(),
            partner=partner,
            name="Key",
            scopes=[scope],
            days=7,
            networks=["192.0.2.0/24"],
        )

    for partner, scope in ((world.erp, "projects:close"), (world.acme, "vendors.tax:write")):
        with pytest.raises(ValidationFailedError) as refused:
            make(OFFICER, partner, scope)
        assert [one.pointer for one in refused.value.errors] == ["/scopes"]
    make(OFFICER, world.acme, "bids:submit")


@pytest.mark.parametrize(
    ("actor", "role", "scope"),
    (
        (MANAGER, Role.VIEWER, "purchase_orders:create"),
        (MANAGER, Role.EDITOR, "rfps:publish"),
        (MANAGER, Role.VIEWER, "vendors:read"),
        (OFFICER, Role.INTEGRATION, "purchase_orders:create"),
        (OFFICER, Role.INTEGRATION, "webhooks:manage"),
        (OFFICER, Role.VIEWER, "shipments:read"),
    ),
)
def test_staff_register_what_they_may_do_and_what_integrations_are_for(
    actor: Actor, role: Role, scope: str
) -> None:
    assert register(actor, scopes=[scope], role=role).client.allowed_scopes == [scope]


@pytest.mark.parametrize(
    ("role", "scope", "allowed"),
    (
        (Role.SALESPERSON, "bids:write", True),
        (Role.SALESPERSON, "bids:submit", False),
        (Role.MANAGER, "invoices:submit", True),
        (Role.MANAGER, "vendors.tax:write", False),
        (Role.ADMIN, "vendors.tax:write", True),
        (Role.ADMIN, "shipments:write", True),
    ),
)
def test_vendors_client_holds_what_its_role_carries_whoever_lets_it_in(
    role: Role, scope: str, world: World, *, allowed: bool
) -> None:
    wanted = {"kind": ClientKind.SERVICE, "partner": world.acme, "role": role, "scopes": [scope]}

    if allowed:
        assert register(OFFICER, **wanted).client.role == role
    else:
        with pytest.raises(ValidationFailedError):
            register(OFFICER, **wanted)


def test_onboarding_officer_may_give_an_integration_but_not_the_editors_bundle() -> None:
    with pytest.raises(ValidationFailedError):
        register(OFFICER, scopes=["purchase_orders:create"], role=Role.EDITOR)
