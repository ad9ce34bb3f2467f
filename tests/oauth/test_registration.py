"""Registering clients: every fault is told, nothing half-made is left, and nobody lets in more
than they may.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.core.actor import Actor, ActorKind
from apps.core.errors import ValidationFailedError
from apps.oauth.models import Client, ClientKind
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.redirects import redirect_uri_is_acceptable
from apps.oauth.services import register_client
from apps.partners.models import Role
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db

OFFICER = Actor(kind=ActorKind.STAFF, id="usr_x", label="officer@nordwind.example")


def register(actor: Actor = SETUP, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "name": "Machine",
        "kind": ClientKind.INTERNAL,
        "auth_method": AuthMethod.SECRET_BASIC,
        "grant_types": [GrantType.CLIENT_CREDENTIALS],
        "scopes": [],
        **changes,
    }
    return register_client(actor=actor, at=datetime.now(tz=UTC), **values)


def codes(**changes: Any) -> list[str]:
    with pytest.raises(ValidationFailedError) as refused:
        register(**changes)
    assert Client.objects.count() == 0
    return [fault.code for fault in refused.value.errors]


@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"name": " "}, ["required"]),
        ({"kind": ClientKind.SERVICE}, ["partner-mismatch"]),
        ({"role": Role.MANAGER}, ["role-not-allowed"]),
        ({"scopes": ["orders:all"]}, ["scope-not-allowed"]),
        ({"scopes": ["purchase_orders:approve"]}, ["scope-not-allowed"]),
        ({"scopes": ["offline_access"]}, ["scope-not-allowed"]),
        ({"auth_method": AuthMethod.NONE}, ["grant-not-allowed"]),
        ({"grant_types": [GrantType.REFRESH_TOKEN]}, ["grant-not-allowed"]),
        ({"grant_types": [GrantType.AUTHORIZATION_CODE]}, ["redirect-uri-mismatch"]),
        ({"redirect_uris": ["https://a.example/"]}, ["redirect-uri-mismatch"]),
        (
            {
                "grant_types": [GrantType.AUTHORIZATION_CODE],
                "redirect_uris": ["http://a.example/"],
            },
            ["redirect-uri-not-allowed"],
        ),
    ),
)
def test_client_that_makes_no_sense_is_refused_with_the_reason(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert codes(**changes) == expected


def test_vendor_never_gets_a_scope_of_the_buyer(world: World) -> None:
    found = codes(kind=ClientKind.SERVICE, partner=world.acme, scopes=["audit:read"])

    assert found == ["scope-not-allowed"]


def test_partners_client_cannot_name_a_project_it_is_no_member_of(world: World) -> None:
    fleet = project("FLEET", world.buyer)

    assert codes(kind=ClientKind.SERVICE, partner=world.acme, projects=[fleet]) == ["not-a-member"]


def test_partner_that_is_not_active_gets_no_client(world: World) -> None:
    type(world.acme).objects.update(status="suspended")

    assert codes(kind=ClientKind.SERVICE, partner=world.acme) == ["partner-not-active"]


@pytest.mark.parametrize(
    "changes",
    ({"scopes": ["audit:read"]}, {"role": Role.APPROVER_ADMIN}),
)
def test_onboarding_officer_cannot_give_what_is_restricted(changes: dict[str, Any]) -> None:
    assert codes(actor=OFFICER, **changes) == ["restricted"]


def test_only_an_administrator_registers_a_client_that_approves() -> None:
    new = register(actor=replace(OFFICER, role=Role.APPROVER_ADMIN), role=Role.APPROVER_ADMIN)

    assert new.client.role == Role.APPROVER_ADMIN


@pytest.mark.parametrize(
    ("uri", "expected"),
    (
        ("https://app.example/callback", True),
        ("http://127.0.0.1:8765/callback", True),
        ("http://[::1]/callback", True),
        ("http://localhost/callback", False),
        ("http://app.example/callback", False),
        ("https://app.example/callback#x", False),
        ("https://app.example/callback#", False),
        ("https://user@app.example/", False),
        ("https://*.example/", False),
        ("https://app.example/a b", False),
        ("com.app:/callback", False),
        ("javascript:alert(1)", False),
        ("https://app.example:port/", False),
        ("https:///callback", False),
        ("", False),
    ),
)
def test_redirect_uri_rule(uri: str, expected: bool) -> None:  # noqa: FBT001 -- a test's parameter
    assert redirect_uri_is_acceptable(uri) is expected
