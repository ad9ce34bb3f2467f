"""`create_client` with everything optional (spec 8)."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.audit.models import Event
from apps.identity.models import StaffRole, User
from apps.oauth.models import Client, RestrictedScopeRequest
from tests.factories.client_keys import jwks, private_jwk
from tests.factories.identity import staff

pytestmark = pytest.mark.django_db
KEYED = ("create_client", "--internal", "--name", "X", "--auth", "private_key_jwt")


def run(*arguments: str) -> Any:
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def refused(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as error:
        call_command(*arguments, stdout=io.StringIO())
    assert Client.objects.count() == 0
    return error.value


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    (tmp_path / "jwks.json").write_text(json.dumps(jwks()))
    return tmp_path / "jwks.json"


def test_client_with_a_key_file_has_no_secret(keys: Path) -> None:
    done = run(*KEYED, "--jwks", str(keys), "--profile", "fapi")

    client = Client.objects.get()
    assert done == {"client_id": client.client_id}
    assert (client.client_jwks, client.profile) == (jwks(), "fapi")


def test_client_with_an_address_of_keys_and_an_api_key() -> None:
    done = run(*KEYED, "--jwks-uri", "https://acme.example/jwks", "--api-key")

    client = Client.objects.get()
    assert set(done) == {"client_id", "api_key"}
    assert check_password(done["api_key"], client.api_key_hash)
    assert client.client_jwks_uri == "https://acme.example/jwks"


def test_every_list_may_be_given_more_than_once() -> None:
    run(
        "create_client", "--internal", "--name", "X", "--auth", "client_secret_basic",
        "--grant", "authorization_code", "--redirect-uri", "https://a.example/cb",
        "--post-logout-uri", "https://a.example/bye", "--post-logout-uri", "https://a.example/b",
        "--cors-origin", "https://a.example", "--network", "192.0.2.0/24", "--network", "192.0.2.9",
        "--resource", "https://api.a.example/", "--dpop", "--par", "--id-token-alg", "EdDSA",
        "--expires", "2099-01-31T00:00:00Z",
    )  # fmt: skip

    client = Client.objects.get()
    assert client.post_logout_redirect_uris == "https://a.example/bye https://a.example/b"
    assert client.allowed_origins == "https://a.example"
    assert client.networks == ["192.0.2.0/24", "192.0.2.9/32"]
    assert client.allowed_resources == ["https://api.a.example/"]
    assert client.dpop_bound_access_tokens
    assert client.require_pushed_authorization_requests
    assert client.id_token_signed_response_alg == "EdDSA"
    assert client.expires_at == datetime(2099, 1, 31, tzinfo=UTC)


def test_resource_server_of_another_api_has_its_audience() -> None:
    run(
        "create_client", "--internal", "--name", "X", "--auth", "client_secret_basic",
        "--resource-server", "--audience", "https://erp.example/",
    )  # fmt: skip

    assert Client.objects.get().audience == "https://erp.example/"


@pytest.mark.parametrize("content", (b"", b"not json", b"\xff", b"[" * 100_000))
def test_key_file_that_is_no_json_is_a_mistake_of_usage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "jwks.json").write_bytes(content)

    assert refused(*KEYED, "--jwks", str(tmp_path / "jwks.json")).returncode == 2


def test_key_file_that_is_not_there_is_a_mistake_of_usage(tmp_path: Path) -> None:
    assert refused(*KEYED, "--jwks", str(tmp_path / "nothing")).returncode == 2


@pytest.mark.parametrize("content", ("null", "[]", "{}", "5", json.dumps(jwks(private_jwk()))))
def test_key_file_with_something_else_in_it_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "jwks.json").write_text(content)

    assert refused(*KEYED, "--jwks", str(tmp_path / "jwks.json")).returncode == 1


@pytest.mark.parametrize("moment", ("tomorrow", "2099-01-31", "2099-01-31T00:00", "2099-13-01T0Z",
                                    "2099-13-01T00:00:00Z"))  # fmt: skip
def test_time_without_a_zone_or_sense_is_a_mistake_of_usage(keys: Path, moment: str) -> None:
    assert refused(*KEYED, "--jwks", str(keys), "--expires", moment).returncode == 2


def test_time_that_has_passed_is_refused(keys: Path) -> None:
    error = refused(*KEYED, "--jwks", str(keys), "--expires", "2020-01-31T00:00:00Z")
    assert error.returncode == 1


# --- Restricted scopes ----------------------------------------------------------------------------

AUDITOR = (*KEYED, "--role", "approver_admin", "--scope", "audit:read", "--scope", "events:read")
ASKED, APPROVED = "administrator@buyer.example", "security_officer@buyer.example"
NAMED = ("--asked-by", ASKED, "--approved-by", APPROVED)
WHY = ("--reason", "The yearly audit.")


@pytest.fixture
def two(settings: Settings) -> None:
    """A machine that is no laptop, with two members of staff."""
    settings.ENVIRONMENT = "production"
    staff(StaffRole.ADMINISTRATOR)
    staff(StaffRole.SECURITY_OFFICER)


def test_restricted_scope_on_a_laptop_is_given_at_once(keys: Path) -> None:
    run(*AUDITOR, "--jwks", str(keys))

    assert Client.objects.get().allowed_scopes == ["audit:read", "events:read"]


@pytest.mark.usefixtures("two")
def test_restricted_scope_elsewhere_names_two_people_whom_the_trail_names(keys: Path) -> None:
    done = run(*AUDITOR, "--jwks", str(keys), *NAMED, *WHY, "--environment", "test")

    client, request = Client.objects.get(), RestrictedScopeRequest.objects.get()
    event = Event.objects.get(action="client.scopes_approved")
    assert done == {"client_id": client.client_id}
    assert (client.allowed_scopes, client.environment) == (["events:read", "audit:read"], "test")
    assert (request.state, request.asked_by.email) == ("approved", ASKED)
    assert (event.actor_id, event.data["approved_by"]) == (
        "system:create_client",
        User.objects.get(email=APPROVED).public_id,
    )


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    "named",
    (
        (),
        NAMED,
        (*WHY, "--asked-by", ASKED, "--approved-by", ASKED),
        (*WHY, "--asked-by", APPROVED, "--approved-by", ASKED),
        (*WHY, "--asked-by", ASKED, "--approved-by", "nobody@buyer.example"),
    ),
)
def test_restricted_scope_elsewhere_is_refused_without_two_people_and_a_reason(
    keys: Path, named: tuple[str, ...]
) -> None:
    assert refused(*AUDITOR, "--jwks", str(keys), *named).returncode == 1


@pytest.mark.usefixtures("two")
def test_one_person_named_is_a_mistake_of_usage(keys: Path) -> None:
    assert refused(*AUDITOR, "--jwks", str(keys), "--asked-by", ASKED).returncode == 2


@pytest.mark.usefixtures("two")
def test_onboarding_elsewhere_names_two_people_for_what_is_restricted() -> None:
    onboard = (
        "onboard_partner", "--name", "Umbrella", "--kind", "vendor", "--contact", "it@u.example",
        "--role", "admin", "--scope", "vendors.banking:read",
    )  # fmt: skip

    assert refused(*onboard).returncode == 1
    run(*onboard, *NAMED, *WHY)

    assert Client.objects.get().allowed_scopes == ["vendors.banking:read"]
