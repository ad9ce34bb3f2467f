"""Which sites' pages may read what: by the client that asks, and nothing for anybody else."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.test import RequestFactory

from apps.oauth.middleware import page_may_read
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.kinds import client_kind
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from tests.conformance.compliance import conforms
from tests.factories.oauth import code_for, pkce, redeem, web_app
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
OURS, OTHERS, UNKNOWN = "https://app.example", "https://other.example", "https://evil.example"
TOKEN, USERINFO, REVOKE = "/oauth/token", "/oauth/userinfo", "/oauth/revoke"
DOCUMENTS = (
    "/oauth/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/api/v1",
    "/.well-known/countersign-keys",
)
NEVER = ("/oauth/authorize", "/oauth/par", "/oauth/introspect", "/", "/admin/", "/api/v1/orders",
         "/oauth/device", "/health/live", "/oauth/token/", "/oauth/token\nx")  # fmt: skip


def client_at(origin: str, world: World) -> NewClient:
    return register_client(
        actor=SETUP,
        at=datetime.now(tz=UTC),
        name=origin,
        kind=client_kind(world.acme),
        auth_method=AuthMethod.SECRET_POST,
        grant_types=[GrantType.CLIENT_CREDENTIALS],
        scopes=["purchase_orders:read"],
        partner=world.acme,
        metadata=ClientMetadata(cors_origins=[origin]),
    )


@pytest.fixture
def ours(world: World) -> NewClient:
    client_at(OTHERS, world)
    return client_at(OURS, world)


def preflight(path: str, origin: str | None) -> Any:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "dpop"}
    return Browser().options(path, headers=asked | ({"Origin": origin} if origin else {}))


def post(path: str, origin: str | None, form: dict[str, str]) -> Any:
    return Browser().post(
        path,
        "&".join(f"{name}={value}" for name, value in form.items()),
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": origin} if origin else {},
    )


def cors_headers(answer: Any) -> dict[str, str]:
    """Names as the specification writes them; HTTP does not mind the case."""
    named = {name.title(): value for name, value in answer.items()}
    return {name: value for name, value in named.items() if name.startswith("Access-Control-")}


def ask(new: NewClient, origin: str | None, **changes: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "scope": "purchase_orders:read",
        "client_id": new.client.client_id,
        "client_secret": str(new.secret),
        **changes,
    }
    return post(TOKEN, origin, form)


READABLE = {
    "Access-Control-Allow-Origin": OURS,
    "Access-Control-Expose-Headers": "DPoP-Nonce, WWW-Authenticate, Retry-After",
}


@pytest.mark.parametrize("path", (TOKEN, USERINFO, REVOKE))
def test_preflight_is_answered_where_some_client_registered_the_origin(
    ours: NewClient, path: str
) -> None:
    answer = preflight(path, OURS)

    assert (answer.status_code, answer.content) == (200, b"")
    assert cors_headers(answer) == {
        **READABLE,
        "Access-Control-Allow-Headers": "authorization, content-type, dpop, x-api-key",
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Max-Age": "600",
    }
    assert "origin" in answer["Vary"].lower()
    assert ours.client.allowed_origins == OURS


@pytest.mark.parametrize(
    "origin",
    (UNKNOWN, "null", "*", "", None, "https://app.example.evil.example", "https://app.exampl",
     "https://APP.example", "app.example", "https://app.example/", "https://[", "\xff\x00",
     f"{OURS} {OTHERS}"),
)  # fmt: skip
@pytest.mark.usefixtures("ours")
def test_preflight_of_an_origin_nobody_registered_gets_no_header(origin: str | None) -> None:
    assert cors_headers(preflight(TOKEN, origin)) == {}


@pytest.mark.parametrize(
    "changes",
    (
        {"status": "suspended"},
        {"status": "disabled"},
        {"expires_at": datetime.now(tz=UTC) - timedelta(days=1)},
    ),
)
@pytest.mark.usefixtures("ours")
def test_origin_of_a_client_that_may_not_act_counts_for_nothing(changes: dict[str, Any]) -> None:
    Client.objects.update(**changes)

    assert cors_headers(preflight(TOKEN, OURS)) == {}


@conforms("OAuth 2.1", "3.2", "A client's own page may read the token endpoint.", level="SHOULD")
def test_page_reads_the_token_its_own_client_gets(ours: NewClient) -> None:
    answer = ask(ours, OURS)

    assert (answer.status_code, cors_headers(answer)) == (200, READABLE)
    assert "origin" in answer["Vary"].lower()


@pytest.mark.parametrize("origin", (OTHERS, UNKNOWN, "null", None))
def test_page_of_another_origin_reads_no_token(ours: NewClient, origin: str | None) -> None:
    """Attack: another client's page, whose origin passes the preflight, uses leaked credentials."""
    answer = ask(ours, origin)

    assert (answer.status_code, cors_headers(answer)) == (200, {})
    assert "origin" in answer["Vary"].lower()


@conforms("Library", "section 1.1", "A client's page reads errors, too.")
@pytest.mark.parametrize(
    ("changes", "status"),
    (
        ({"scope": "audit:read"}, 400),
        ({"grant_type": "password"}, 400),
        ({"client_secret": "wrong"}, 401),
        ({"client_id": "cli_nobody"}, 401),
        ({"scope": "%00"}, 400),
    ),
)
def test_page_reads_why_its_client_was_refused(
    ours: NewClient, changes: dict[str, str], status: int
) -> None:
    answer = ask(ours, OURS, **changes)

    assert (answer.status_code, cors_headers(answer)) == (status, READABLE)
    assert cors_headers(ask(ours, UNKNOWN, **changes)) == {}


def test_refusal_of_a_known_client_is_its_own_pages_alone(ours: NewClient) -> None:
    answer = ask(ours, OTHERS, scope="audit:read")

    assert (answer.status_code, cors_headers(answer)) == (400, {})


def test_revocation_is_read_by_the_clients_own_page(ours: NewClient) -> None:
    form = {
        "token": "unknown",
        "client_id": ours.client.client_id,
        "client_secret": str(ours.secret),
    }

    assert cors_headers(post(REVOKE, OURS, form)) == READABLE
    assert cors_headers(post(REVOKE, OTHERS, form)) == {}


def test_userinfos_refusal_is_read_by_a_clients_page(ours: NewClient) -> None:
    answer = Browser().get(USERINFO, headers={"Origin": OURS, "Authorization": "Bearer x"})

    assert (answer.status_code, cors_headers(answer)) == (401, READABLE)
    assert ours.client.allowed_origins == OURS


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("origin", (UNKNOWN, "null"))
def test_documents_are_read_by_any_page(path: str, origin: str) -> None:
    answer = Browser().get(path, headers={"Origin": origin})

    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, "*")
    assert "Access-Control-Allow-Credentials" not in answer
    assert preflight(path, origin)["Access-Control-Allow-Origin"] == "*"


@conforms("OAuth 2.1", "3.1", "The authorization endpoint has no CORS.")
@pytest.mark.parametrize("path", NEVER)
@pytest.mark.usefixtures("ours")
def test_nothing_else_is_ever_read_by_a_page_of_another_origin(path: str) -> None:
    answers = [
        preflight(path, OURS),
        Browser().get(path, headers={"Origin": OURS}),
        Browser().post(path, headers={"Origin": OURS}),
    ]

    assert [cors_headers(answer) for answer in answers] == [{}, {}, {}]


def test_stranger_sees_the_same_answer_as_one_who_names_no_origin(ours: NewClient) -> None:
    named, silent = ask(ours, UNKNOWN), ask(ours, None)

    differ = {"X-Request-Id"}
    assert {n: v for n, v in named.items() if n not in differ} == {
        n: v for n, v in silent.items() if n not in differ
    }
    assert json.loads(named.content).keys() == json.loads(silent.content).keys()


def test_credentials_of_the_browser_are_never_allowed(ours: NewClient) -> None:
    answers = [preflight(TOKEN, OURS), ask(ours, OURS), preflight("/oauth/jwks", OURS)]

    assert ["Access-Control-Allow-Credentials" in answer for answer in answers] == [False] * 3


def test_userinfo_is_read_by_the_page_of_the_tokens_own_client(
    ours: NewClient, world: World
) -> None:
    app = web_app(partner=world.acme, scopes=["openid"])
    Client.objects.filter(pk=app.client.pk).update(allowed_origins=OURS)
    proof = pkce()
    answer = redeem(app, code_for(world.bo, app, proof), proof)
    token = json.loads(answer.content)["access_token"]

    read = {
        origin: Browser().get(
            USERINFO, headers={"Origin": origin, "Authorization": f"Bearer {token}"}
        )
        for origin in (OURS, OTHERS, UNKNOWN)
    }

    assert [answer.status_code for answer in read.values()] == [200, 200, 200]
    assert {origin: cors_headers(answer) for origin, answer in read.items()} == {
        OURS: READABLE,
        OTHERS: {},
        UNKNOWN: {},
    }
    assert ours.client.allowed_origins == OURS


def test_answer_of_which_nobody_said_whose_it_is_is_read_by_nobody(ours: NewClient) -> None:
    """Should an endpoint forget to name its client, it fails closed."""
    request = RequestFactory().post(TOKEN, headers={"Origin": OURS})
    request.answered_with = 200  # type: ignore[attr-defined]  # as the middleware sets it

    assert not page_may_read(request=request)
    assert ours.client.allowed_origins == OURS
