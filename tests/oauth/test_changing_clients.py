"""Registering clients with all that is optional, and changing them afterwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password

from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.oauth.models import Client, ClientKind, ClientStatus
from apps.oauth.models.clients import AuthMethod, GrantType, IdTokenAlgorithm, Profile
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import (
    NewClient,
    change_client,
    register_client,
    rotate_api_key,
    rotate_secret,
)
from apps.partners.models import Role
from tests.factories.client_keys import jwks, public_jwk
from tests.factories.world import SETUP

pytestmark = pytest.mark.django_db
AT = datetime.now(tz=UTC)
OFFICER = Actor(kind=ActorKind.STAFF, id="usr_x", label="officer@nordwind.example")
CODE = [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN]


def register(**changes: Any) -> NewClient:
    values: dict[str, Any] = {
        "name": "Machine",
        "kind": ClientKind.INTERNAL,
        "auth_method": AuthMethod.SECRET_BASIC,
        "grant_types": [GrantType.CLIENT_CREDENTIALS],
        "scopes": [],
        **changes,
    }
    return register_client(actor=SETUP, at=AT, **values)


def keyed(**metadata: Any) -> NewClient:
    wanted = ClientMetadata(**{"client_jwks": jwks(), **metadata})
    return register(auth_method=AuthMethod.PRIVATE_KEY_JWT, metadata=wanted)


def pointers(refused: pytest.ExceptionInfo[ValidationFailedError]) -> list[str]:
    return [fault.pointer for fault in refused.value.errors]


def test_client_with_a_key_is_confidential_and_has_no_secret() -> None:
    new = keyed()

    new.client.refresh_from_db()
    assert (new.secret, new.api_key, new.client.client_secret) == (None, None, "")
    assert new.client.client_type == "confidential"
    assert new.client.client_jwks == jwks()
    assert not new.client.is_public


def test_everything_optional_is_kept() -> None:
    expires = AT + timedelta(days=30)
    wanted = ClientMetadata(
        post_logout_redirect_uris=["https://a.example/bye", "https://a.example/bye"],
        cors_origins=["https://a.example", "http://localhost:5173"],
        allowed_resources=["https://api.a.example/"],
        networks=["192.0.2.0/24", "192.0.2.7"],
        id_token_signed_response_alg=IdTokenAlgorithm.EDDSA,
        userinfo_signed_response_alg=IdTokenAlgorithm.ES256,
        dpop_bound_access_tokens=True,
        require_pushed_authorization_requests=True,
        access_token_seconds=300,
        refresh_idle_seconds=3600,
        session_seconds=7200,
        expires_at=expires,
    )

    client = register(metadata=wanted).client

    client.refresh_from_db()
    assert client.post_logout_redirect_uris == "https://a.example/bye"
    assert client.allowed_origins == "https://a.example http://localhost:5173"
    assert client.allowed_resources == ["https://api.a.example/"]
    assert client.networks == ["192.0.2.0/24", "192.0.2.7/32"]
    assert client.id_token_signed_response_alg == "EdDSA"
    assert client.userinfo_signed_response_alg == "ES256"
    assert (client.dpop_bound_access_tokens, client.require_pushed_authorization_requests) == (
        True,
        True,
    )
    lives = (client.access_token_seconds, client.refresh_idle_seconds, client.session_seconds)
    assert (lives, client.expires_at) == ((300, 3600, 7200), expires)


def test_fapi_client_is_registered_with_all_that_the_profile_demands() -> None:
    client = keyed(profile=Profile.FAPI).client

    assert (client.profile, client.id_token_signed_response_alg) == ("fapi", "ES256")
    assert client.require_pushed_authorization_requests
    assert client.dpop_bound_access_tokens


def test_fapi_client_with_a_secret_is_refused() -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(metadata=ClientMetadata(profile=Profile.FAPI))

    assert (pointers(refused), Client.objects.count()) == (["/auth_method"], 0)


@pytest.mark.parametrize("auth_method", (AuthMethod.NONE, AuthMethod.SECRET_BASIC))
def test_device_client_needs_no_redirect_uri_and_may_refresh(auth_method: AuthMethod) -> None:
    new = register(
        auth_method=auth_method,
        grant_types=[GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN],
        scopes=["receipts:read", "offline_access"],
    )

    assert new.client.redirect_uris == ""
    assert new.client.is_public is (auth_method == AuthMethod.NONE)


def test_extra_api_key_is_shown_once_and_kept_as_a_keyed_hash() -> None:
    new = register(with_api_key=True)

    assert new.api_key is not None
    assert new.api_key != new.secret
    assert new.api_key not in new.client.api_key_hash
    assert check_password(new.api_key, new.client.api_key_hash)


def test_public_client_keeps_no_api_key() -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(auth_method=AuthMethod.NONE, grant_types=[GrantType.DEVICE_CODE],
                 with_api_key=True)  # fmt: skip

    assert pointers(refused) == ["/with_api_key"]


def test_registration_tells_the_trail_thumbprints_and_no_credential() -> None:
    new = register(
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        metadata=ClientMetadata(client_jwks=jwks(public_jwk(kid="my-key"))),
        with_api_key=True,
    )

    event = Event.objects.get(action="client.created")
    assert event.data["client_jwks"] == [public_jwk()["kid"]]
    assert (event.data["api_key"], event.data["profile"]) == (True, "standard")
    assert str(new.api_key) not in str(event.data)


def test_registration_that_date_has_passed_for_is_refused() -> None:
    with pytest.raises(ValidationFailedError) as refused:
        register(metadata=ClientMetadata(expires_at=AT))

    assert pointers(refused) == ["/expires_at"]


def web() -> Client:
    return register(
        grant_types=CODE, redirect_uris=["https://a.example/cb"], scopes=["receipts:read"]
    ).client


def test_change_writes_and_tells_what_differs_and_nothing_else() -> None:
    client = web()

    changed = change_client(
        actor=OFFICER,
        at=AT,
        client=client,
        redirect_uris=["https://a.example/new"],
        cors_origins=["https://a.example"],
        scopes=["receipts:read"],
        access_token_seconds=300,
    )

    client.refresh_from_db()
    event = Event.objects.get(action="client.changed")
    assert changed == client
    assert (client.redirect_uris, client.allowed_origins, client.access_token_seconds) == (
        "https://a.example/new",
        "https://a.example",
        300,
    )
    assert event.subject_id == client.client_id
    assert event.data == {
        "before": {
            "redirect_uris": ["https://a.example/cb"],
            "cors_origins": [],
            "access_token_seconds": 600,
        },
        "after": {
            "redirect_uris": ["https://a.example/new"],
            "cors_origins": ["https://a.example"],
            "access_token_seconds": 300,
        },
        "consents_revoked": 0,
    }


def test_change_to_what_is_already_so_tells_nothing() -> None:
    client = web()

    change_client(actor=SETUP, at=AT, client=client, redirect_uris=["https://a.example/cb"])

    assert Event.objects.filter(action="client.changed").count() == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"redirect_uris": []}, ["/redirect_uris"]),
        ({"redirect_uris": ["http://a.example/"]}, ["/redirect_uris"]),
        ({"post_logout_redirect_uris": ["x"]}, ["/post_logout_redirect_uris/0"]),
        ({"cors_origins": ["*"]}, ["/cors_origins/0"]),
        ({"networks": ["x"]}, ["/networks/0"]),
        ({"allowed_resources": ["x"]}, ["/allowed_resources/0"]),
        ({"scopes": ["no:such"]}, ["/scopes"]),
        ({"client_jwks": jwks()}, ["/client_jwks"]),
        ({"session_seconds": 60}, ["/refresh_idle_seconds"]),
        ({"expires_at": AT}, ["/expires_at"]),
        ({"networks": ["x"], "scopes": ["no:such"]}, ["/scopes", "/networks/0"]),
    ),
)
def test_change_follows_the_rules_of_registration(
    changes: dict[str, Any], expected: list[str]
) -> None:
    client = web()
    before = Client.objects.values().get()

    with pytest.raises(ValidationFailedError) as refused:
        change_client(actor=SETUP, at=AT, client=client, **changes)

    assert (pointers(refused), Client.objects.values().get()) == (expected, before)


def test_keys_move_between_set_and_address() -> None:
    client = keyed().client

    change_client(actor=SETUP, at=AT, client=client, client_jwks_uri="https://a.example/jwks")
    client.refresh_from_db()
    assert (client.client_jwks, client.client_jwks_uri) == (None, "https://a.example/jwks")

    change_client(actor=SETUP, at=AT, client=client, client_jwks=jwks(public_jwk("OKP")))
    client.refresh_from_db()
    assert (client.client_jwks, client.client_jwks_uri) == (jwks(public_jwk("OKP")), "")


def test_fapi_client_stays_one_when_it_is_changed() -> None:
    client = keyed(profile=Profile.FAPI).client

    with pytest.raises(ValidationFailedError) as refused:
        change_client(
            actor=SETUP, at=AT, client=client, client_jwks=jwks(public_jwk("RSA", alg="RS256"))
        )

    assert pointers(refused) == ["/client_jwks/keys/0"]


def test_expired_client_may_be_changed_and_given_time_again() -> None:
    client = web()
    Client.objects.update(expires_at=AT - timedelta(days=1))

    change_client(actor=SETUP, at=AT, client=client, networks=["192.0.2.0/24"])
    change_client(actor=SETUP, at=AT, client=client, expires_at=None)

    client.refresh_from_db()
    assert (client.networks, client.expires_at) == (["192.0.2.0/24"], None)


def test_disabled_client_is_not_changed() -> None:
    client = web()
    Client.objects.update(status=ClientStatus.DISABLED)

    with pytest.raises(InvalidTransitionError):
        change_client(actor=SETUP, at=AT, client=client, networks=["192.0.2.0/24"])
    with pytest.raises(InvalidTransitionError):
        rotate_api_key(actor=SETUP, at=AT, client=client)


@pytest.mark.parametrize("restricted", ({"scopes": ["audit:read"]}, {"role": Role.APPROVER_ADMIN}))
def test_officer_cannot_get_at_what_is_restricted_through_an_existing_client(
    restricted: dict[str, Any],
) -> None:
    """Attack: instead of registering such a client, take one over by its keys or its secret."""
    client = register(**{"role": Role.APPROVER_ADMIN, **restricted}).client

    for attempt in (
        lambda actor: change_client(actor=actor, at=AT, client=client, scopes=[]),
        lambda actor: rotate_secret(actor=actor, at=AT, client=client),
        lambda actor: rotate_api_key(actor=actor, at=AT, client=client),
    ):
        with pytest.raises(ValidationFailedError):
            attempt(OFFICER)
        attempt(replace(OFFICER, role=Role.APPROVER_ADMIN))
        Client.objects.update(allowed_scopes=["audit:read"])


def test_officer_cannot_add_what_is_restricted() -> None:
    client = web()

    with pytest.raises(ValidationFailedError) as refused:
        change_client(actor=OFFICER, at=AT, client=client, scopes=["audit:read"])

    assert pointers(refused) == ["/scopes"]


def test_new_api_key_replaces_the_one_before() -> None:
    new = register(with_api_key=True)

    key = rotate_api_key(actor=SETUP, at=AT, client=new.client)

    new.client.refresh_from_db()
    event = Event.objects.get(action="client.api_key_rotated")
    assert check_password(key, new.client.api_key_hash)
    assert not check_password(str(new.api_key), new.client.api_key_hash)
    assert (event.data, event.subject_id) == ({"replaced": True}, new.client.client_id)


def test_public_client_gets_no_api_key_afterwards() -> None:
    client = register(auth_method=AuthMethod.NONE, grant_types=[GrantType.DEVICE_CODE]).client

    with pytest.raises(ValidationFailedError):
        rotate_api_key(actor=SETUP, at=AT, client=client)


@pytest.mark.parametrize("auth_method", (AuthMethod.NONE, AuthMethod.PRIVATE_KEY_JWT))
def test_client_without_a_secret_has_none_to_rotate(auth_method: AuthMethod) -> None:
    client = (
        keyed()
        if auth_method == AuthMethod.PRIVATE_KEY_JWT
        else register(auth_method=auth_method, grant_types=[GrantType.DEVICE_CODE])
    ).client

    with pytest.raises(ValidationFailedError):
        rotate_secret(actor=SETUP, at=AT, client=client)
