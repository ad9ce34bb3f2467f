"""DPoP over HTTP (RFC 9449): tokens bound to a key, and the attacks on them."""

import base64
import json
import re
import runpy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from joserfc.jwk import Key

from apps.audit.events import Action
from apps.audit.models import Event
from apps.oauth.keys import sign_access_token
from apps.oauth.models import AccessToken, Client, ReplayedId, TokenSession
from apps.oauth.models.clients import AuthMethod
from apps.oauth.policy.dpop import ALGORITHMS
from apps.oauth.services import NewClient, end_session
from apps.oauth.services.dpop import fresh_nonce
from tests.conformance.compliance import conforms
from tests.factories.gateway import problem
from tests.factories.jose import client_key, dpop_proof, public_jwk
from tests.factories.oauth import (
    access_token,
    basic,
    code_for,
    machine,
    pkce,
    post_form,
    redirect_parameters,
    web_app,
)
from tests.factories.world import SETUP, World, make_world
from tests.oauth.test_races import at_once

pytestmark = pytest.mark.django_db

ISSUER = "https://buyer.example"
ORDERS = "/api/v1/purchase-orders"
TOKEN = "/oauth/token"


def now() -> datetime:
    return datetime.now(tz=UTC)


@dataclass
class Holder:
    """Whoever holds a key, and proves it."""

    key: Key = field(default_factory=client_key)

    @property
    def jkt(self) -> str:
        return self.key.thumbprint()

    def proof(self, method: str = "POST", path: str = TOKEN, **changes: Any) -> str:
        given = {"nonce": fresh_nonce(now()), **changes}
        return dpop_proof(self.key, method, f"{ISSUER}{path}", **given)

    def post(self, form: dict[str, str], new: NewClient, proof: str | None = None) -> Any:
        """A form with a proof, to the token endpoint, by a client that says who it is."""
        headers = {"DPoP": self.proof() if proof is None else proof}
        if new.secret is None:
            return post_form(TOKEN, {"client_id": new.client.client_id, **form}, headers=headers)
        return post_form(TOKEN, form, authorization=basic(new.client, new.secret), headers=headers)

    def token(self, new: NewClient) -> str:
        answer = self.post({"grant_type": "client_credentials", **SCOPE}, new)
        assert answer.status_code == 200, answer.content
        return str(json.loads(answer.content)["access_token"])

    def get(self, token: str, path: str = ORDERS, **changes: Any) -> Any:
        return call(token, self.proof("GET", path, access_token=token, **changes), path=path)


SCOPE = {"scope": "purchase_orders:read"}
MACHINE = {"grant_type": "client_credentials", **SCOPE}


def call(token: str, proof: str | None, *, scheme: str = "DPoP", path: str = ORDERS) -> Any:
    named = {} if proof is None else {"DPoP": proof}
    return Browser().get(path, headers={"Authorization": f"{scheme} {token}", **named})


def told(answer: Any) -> dict[str, Any]:
    return dict(json.loads(answer.content))


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, told(answer)["error"]


def refused(answer: Any) -> tuple[int, str, str]:
    """Status, problem code, and the error that DPoP's challenge names."""
    found = re.match(r'DPoP realm="countersign", error="(\w+)"', answer["WWW-Authenticate"])
    return answer.status_code, told(answer)["code"], found[1] if found else ""


@pytest.fixture
def holder() -> Holder:
    return Holder()


@pytest.fixture
def new(world: World) -> NewClient:
    return machine(partner=world.acme, scopes=["purchase_orders:read"])


@pytest.fixture
def token(holder: Holder, new: NewClient) -> str:
    return holder.token(new)


# The token endpoint


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_token_is_bound_to_the_key_that_was_proved(alg: str, new: NewClient) -> None:
    holder = Holder(client_key(alg))

    answer = holder.post(MACHINE, new)

    assert (answer.status_code, told(answer)["token_type"]) == (200, "DPoP")
    assert TokenSession.objects.get().dpop_jkt == holder.jkt
    assert holder.get(told(answer)["access_token"]).status_code == 200


def test_token_endpoint_asks_for_its_nonce_and_takes_it(new: NewClient, holder: Holder) -> None:
    asked = holder.post(MACHINE, new, holder.proof(nonce=None))

    answer = holder.post(MACHINE, new, holder.proof(nonce=asked["DPoP-Nonce"]))

    assert error_of(asked) == (400, "use_dpop_nonce")
    assert answer.status_code == 200
    assert answer["DPoP-Nonce"] == fresh_nonce(now())
    assert answer["Cache-Control"] == "no-store"


def test_nonce_of_the_api_counts_at_the_token_endpoint(
    new: NewClient, holder: Holder, token: str
) -> None:
    """One issuer and one API at one origin: clients keep one nonce for both."""
    nonce = holder.get(token)["DPoP-Nonce"]

    assert holder.post(MACHINE, new, holder.proof(nonce=nonce)).status_code == 200


def test_bearer_tokens_are_still_bearer_tokens(new: NewClient) -> None:
    token = access_token(new)

    assert call(token, None, scheme="Bearer").status_code == 200
    assert ReplayedId.objects.count() == 0


BAD_PROOFS: dict[str, Callable[[Holder], str]] = {
    "empty": lambda _: "",
    "garbage": lambda _: "garbage",
    "two": lambda holder: f"{holder.proof()}, {holder.proof()}",
    "huge": lambda _: "x" * 200_000,
    "another method": lambda holder: holder.proof("GET"),
    "another address": lambda holder: holder.proof(path="/oauth/par"),
    "another host": lambda holder: holder.proof(htu="https://evil.example/oauth/token"),
    "stale": lambda holder: holder.proof(iat=int(now().timestamp()) - 62),
    "of the future": lambda holder: holder.proof(iat=int(now().timestamp()) + 12),
    "another type": lambda holder: holder.proof(header={"typ": "JWT"}),
    "private key": lambda holder: holder.proof(header={"jwk": holder.key.as_dict(private=True)}),
    "another signature": lambda holder: holder.proof(header={"jwk": public_jwk(client_key())}),
    "none": lambda _: "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6Im5vbmUiLCJqd2siOnt9fQ.e30.",
    "RS256": lambda _: Holder(client_key("RS256")).proof(),
}


@pytest.mark.parametrize("case", BAD_PROOFS)
def test_token_endpoint_refuses_a_bad_proof(case: str, new: NewClient, holder: Holder) -> None:
    answer = holder.post(MACHINE, new, BAD_PROOFS[case](holder))

    assert error_of(answer) == (400, "invalid_dpop_proof")
    assert answer["DPoP-Nonce"] == fresh_nonce(now())
    assert AccessToken.objects.count() == 0
    assert ReplayedId.objects.count() == 0


def test_proof_is_for_the_configured_address_whatever_host_the_request_names(
    new: NewClient, holder: Holder
) -> None:
    proof = holder.proof(htu="https://evil.example/oauth/token")
    headers = {"DPoP": proof, "Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    answer = post_form(TOKEN, MACHINE, authorization=basic(new.client, new.secret), headers=headers)

    assert error_of(answer) == (400, "invalid_dpop_proof")


def test_replayed_proof_gets_no_second_token(new: NewClient, holder: Holder) -> None:
    proof = holder.proof()

    answers = [holder.post(MACHINE, new, proof) for _ in range(2)]

    assert answers[0].status_code == 200
    assert error_of(answers[1]) == (400, "invalid_dpop_proof")
    assert AccessToken.objects.count() == 1


def test_replay_is_remembered_for_as_long_as_the_proof_would_count(
    new: NewClient, holder: Holder, time_machine: Any
) -> None:
    at = now()
    proof = holder.proof(iat=int(at.timestamp()) + 9)
    holder.post(MACHINE, new, proof)
    until = ReplayedId.objects.get().expires

    time_machine.move_to(until, tick=False)
    answer = holder.post(MACHINE, new, proof)

    assert error_of(answer) == (400, "invalid_dpop_proof")
    assert "iat" in told(answer)["error_description"]


def test_client_that_is_always_bound_gets_nothing_without_a_proof(new: NewClient) -> None:
    """RFC 9449 section 5.2."""
    Client.objects.update(dpop_bound_access_tokens=True)

    answer = post_form(TOKEN, MACHINE, authorization=basic(new.client, new.secret))

    assert answer.status_code == 400
    assert AccessToken.objects.count() == 0


@pytest.fixture
def app(world: World) -> NewClient:
    """A public client."""
    return web_app(partner=world.acme, auth_method=AuthMethod.NONE)


def redemption(new: NewClient, world: World, **changes: str) -> dict[str, str]:
    proof = pkce()
    return {
        "grant_type": "authorization_code",
        "code": code_for(world.bo, new, proof, **changes),
        "redirect_uri": "https://app.example/callback",
        "code_verifier": proof.verifier,
    }


@conforms("RFC 9449", "5", "The refresh token of a public client is bound to its key.")
def test_refresh_token_of_a_public_client_is_bound_to_its_key(
    world: World, app: NewClient, holder: Holder
) -> None:
    first = told(holder.post(redemption(app, world), app))
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    stolen = Holder().post(form, app)
    bare = post_form(TOKEN, {"client_id": app.client.client_id, **form})
    own = holder.post(form, app)

    assert error_of(stolen) == (400, "invalid_grant")
    assert error_of(bare) == (400, "invalid_grant")
    assert (own.status_code, told(own)["token_type"]) == (200, "DPoP")
    assert holder.get(told(own)["access_token"]).status_code == 200


@conforms("RFC 9449", "10", "A code bound by dpop_jkt needs a proof of that key.")
def test_code_bound_by_dpop_jkt_is_redeemed_with_that_key_only(
    world: World, app: NewClient, holder: Holder
) -> None:
    """RFC 9449 section 10."""
    form = redemption(app, world, dpop_jkt=holder.jkt)

    stolen = Holder().post(form, app)
    bare = post_form(TOKEN, {"client_id": app.client.client_id, **form})
    own = holder.post(form, app)

    assert error_of(stolen) == (400, "invalid_grant")
    assert error_of(bare) == (400, "invalid_grant")
    assert own.status_code == 200


@conforms("RFC 9449", "10.1", "A proof with the pushed request binds the code.")
def test_pushed_request_binds_the_code_to_the_key_it_proves(world: World, holder: Holder) -> None:
    """RFC 9449 section 10.1."""
    new, proof = web_app(partner=world.acme), pkce()
    form = {
        "response_type": "code",
        "redirect_uri": "https://app.example/callback",
        "scope": "purchase_orders:read",
        "code_challenge": proof.challenge,
        "code_challenge_method": "S256",
    }

    def push(**changes: str) -> Any:
        return post_form(
            "/oauth/par",
            {**form, **changes},
            authorization=basic(new.client, new.secret),
            headers={"DPoP": holder.proof(path="/oauth/par")},
        )

    at_odds = push(dpop_jkt=Holder().jkt)
    query = {"client_id": new.client.client_id, "request_uri": told(push())["request_uri"]}
    browser = Browser()
    browser.force_login(world.bo)
    page = browser.get("/oauth/authorize", query)
    answered = browser.post(
        "/oauth/authorize",
        {"request_handle": page.context["request_handle"], "decision": "allow"},
    )
    redeemed = {
        "grant_type": "authorization_code",
        "code": redirect_parameters(answered)["code"],
        "redirect_uri": "https://app.example/callback",
        "code_verifier": proof.verifier,
    }

    assert at_odds.status_code == 400
    assert error_of(Holder().post(redeemed, new)) == (400, "invalid_grant")
    assert holder.post(redeemed, new).status_code == 200


# The API


def test_bound_token_with_a_proof_makes_two_queries_before_the_resources_own(
    holder: Holder, token: str
) -> None:
    holder.get(token)  # Loads the verification keys, which are remembered.

    with CaptureQueriesContext(connection) as captured:
        answer = holder.get(token)

    assert answer.status_code == 200
    tables = [
        next(name for name in ("accesstoken", "replayedid", "order") if name in query["sql"])
        for query in captured
    ]
    assert tables == ["accesstoken", "replayedid", "order"]


@conforms("RFC 9449", "8.2", "Answers carry the nonce to use next.", level="MAY")
def test_answer_to_a_proof_carries_the_next_nonce(holder: Holder, token: str) -> None:
    """RFC 9449 section 8.2: such an answer is not to be kept."""
    answer = holder.get(token)

    assert answer["DPoP-Nonce"] == fresh_nonce(now())
    assert "no-store" in answer["Cache-Control"]
    assert not call(token, None, scheme="Bearer").has_header("DPoP-Nonce")


@pytest.mark.parametrize("scheme", ("DPoP", "dpop", "DPOP"))
def test_scheme_may_be_written_in_any_case(scheme: str, holder: Holder, token: str) -> None:
    proof = holder.proof("GET", ORDERS, access_token=token)

    assert call(token, proof, scheme=scheme).status_code == 200


@conforms("RFC 9449", "9", "The resource asks for its nonce with 401 use_dpop_nonce.")
def test_api_asks_for_its_nonce_and_takes_it(holder: Holder, token: str) -> None:
    """RFC 9449 section 9."""
    for nonce in (None, "x", fresh_nonce(now() - timedelta(minutes=5))):
        asked = holder.get(token, nonce=nonce)

        assert refused(asked) == (401, "dpop-nonce-needed", "use_dpop_nonce")
        assert "Bearer" not in asked["WWW-Authenticate"]
        assert holder.get(token, nonce=asked["DPoP-Nonce"]).status_code == 200


def test_query_of_the_address_is_not_part_of_the_proof(holder: Holder, token: str) -> None:
    proof = holder.proof("GET", ORDERS, access_token=token)

    assert call(token, proof, path=f"{ORDERS}?limit=1").status_code == 200


BAD_AT_THE_API: dict[str, Callable[[Holder, str], str | None]] = {
    "absent": lambda _, __: None,
    "empty": lambda _, __: "",
    "garbage": lambda _, __: "garbage",
    "NUL": lambda _, __: "\x00",
    "not ASCII": lambda _, __: "é.é.é",
    "huge": lambda _, __: "x" * 200_000,
    "two": lambda holder, t: ",".join([holder.proof("GET", ORDERS, access_token=t)] * 2),
    "another method": lambda holder, t: holder.proof("POST", ORDERS, access_token=t),
    "another address": lambda holder, t: holder.proof("GET", f"{ORDERS}/x", access_token=t),
    "another token": lambda holder, _: holder.proof("GET", ORDERS, access_token="other"),
    "no token": lambda holder, _: holder.proof("GET", ORDERS),
    "stale": lambda holder, t: holder.proof(
        "GET", ORDERS, access_token=t, iat=int(now().timestamp()) - 62
    ),
    "of the future": lambda holder, t: holder.proof(
        "GET", ORDERS, access_token=t, iat=int(now().timestamp()) + 12
    ),
    "HS256": lambda _, __: "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkhTMjU2IiwiandrIjp7fX0.e30.AAAA",
    "unsigned": lambda _, __: "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6Im5vbmUiLCJqd2siOnt9fQ.e30.",
    "the token itself": lambda _, t: t,
    "private key": lambda holder, t: holder.proof(
        "GET", ORDERS, access_token=t, header={"jwk": holder.key.as_dict(private=True)}
    ),
    "another's signature": lambda holder, t: Holder().proof(
        "GET", ORDERS, access_token=t, header={"jwk": public_jwk(holder.key)}
    ),
}


@pytest.mark.parametrize("case", BAD_AT_THE_API)
def test_api_refuses_a_bad_proof(case: str, holder: Holder, token: str) -> None:
    before = ReplayedId.objects.count()

    answer = call(token, BAD_AT_THE_API[case](holder, token))

    assert refused(answer) == (401, "dpop-proof-invalid", "invalid_dpop_proof")
    assert "Bearer" not in answer["WWW-Authenticate"]
    assert answer["DPoP-Nonce"] == fresh_nonce(now())
    assert ReplayedId.objects.count() == before


@conforms("ASVS 5 V10", "10.4.14", "Tokens can be bound to their sender.")
@conforms("RFC 9700", "2.2.1", "A stolen token is of no use without its key.", level="SHOULD")
def test_stolen_token_is_of_no_use_with_another_key(token: str) -> None:
    """RFC 9449 figure 16."""
    answer = Holder().get(token)

    assert refused(answer) == (401, "token-invalid", "invalid_token")
    assert "bound to another key" in answer["WWW-Authenticate"]


def test_bound_token_is_refused_as_a_bearer_token(holder: Holder, token: str) -> None:
    """RFC 9449 section 7.2, with and without a good proof beside it."""
    for proof in (None, holder.proof("GET", ORDERS, access_token=token)):
        answer = call(token, proof, scheme="Bearer")

        assert (answer.status_code, told(answer)["code"]) == (401, "token-invalid")
        challenge = answer["WWW-Authenticate"]
        assert challenge.startswith('Bearer realm="countersign", error="invalid_token"')
        assert ', DPoP realm="countersign", algs="ES256 PS256 EdDSA"' in challenge
        assert challenge.count("error=") == 1


def test_bearer_token_is_refused_under_the_scheme_of_bound_ones(
    new: NewClient, holder: Holder
) -> None:
    token = access_token(new)

    answer = holder.get(token)

    assert refused(answer) == (401, "token-invalid", "invalid_token")


def test_token_bound_in_an_unknown_way_is_refused(holder: Holder, token: str) -> None:
    """A certificate's hash, say: it cannot be confirmed here, under either scheme."""
    claims = {**claims_of(token), "cnf": {"x5t#S256": "a"}}
    other = sign_access_token(claims)

    assert holder.get(other).status_code == 401
    assert call(other, None, scheme="Bearer").status_code == 401


def claims_of(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


def test_without_credentials_both_schemes_are_named_and_no_error(world: World) -> None:
    """RFC 9449 figure 17."""
    del world
    challenge = Browser().get(ORDERS)["WWW-Authenticate"]

    assert challenge.startswith('Bearer realm="countersign", resource_metadata="')
    assert ', DPoP realm="countersign", algs="ES256 PS256 EdDSA", resource_metadata=' in challenge
    assert "error" not in challenge


@conforms("RFC 9449", "7.1", "A missing scope is told under the scheme that was used.")
def test_missing_scope_is_told_under_the_scheme_that_was_used(holder: Holder, token: str) -> None:
    answer = holder.get(token, "/api/v1/audit-events")

    assert refused(answer) == (403, "insufficient-scope", "insufficient_scope")
    assert 'scope="audit:read"' in answer["WWW-Authenticate"]
    assert answer["DPoP-Nonce"] == fresh_nonce(now())
    assert Event.objects.filter(action=Action.REQUEST_DENIED).count() == 1


def test_replayed_proof_is_refused(holder: Holder, token: str) -> None:
    proof = holder.proof("GET", ORDERS, access_token=token)

    first, second = call(token, proof), call(token, proof)

    assert first.status_code == 200
    assert refused(second) == (401, "dpop-proof-invalid", "invalid_dpop_proof")


def test_proof_of_a_dead_session_is_not_spent(holder: Holder, token: str) -> None:
    end_session(actor=SETUP, at=now(), session=TokenSession.objects.get(), reason="a test")
    before = ReplayedId.objects.count()

    answer = holder.get(token)

    assert refused(answer) == (401, "token-revoked", "invalid_token")
    assert ReplayedId.objects.count() == before


def test_replay_check_that_cannot_be_made_lets_nobody_in(holder: Holder, token: str) -> None:
    """Spec 6: replay checks fail closed."""

    def away(execute: Any, sql: str, *rest: Any) -> Any:
        if "replayedid" in sql:
            raise OperationalError("the server closed the connection unexpectedly")
        return execute(sql, *rest)

    browser = Browser(raise_request_exception=False)
    proof = holder.proof("GET", ORDERS, access_token=token)

    with connection.execute_wrapper(away):
        answer = browser.get(ORDERS, headers={"Authorization": f"DPoP {token}", "DPoP": proof})

    assert problem(answer) == (503, "temporarily-unavailable")
    assert answer["Retry-After"] == "5"


@pytest.mark.parametrize(
    "authorization",
    ("DPoP", "DPoP ", "DPoP \x00", "DPoP é", "DPoP a,Bearer b", "dpop " + "x" * 200_000, "DPoPx y"),
)
def test_garbage_under_the_scheme_is_401(authorization: str, holder: Holder, world: World) -> None:
    del world
    proof = holder.proof("GET", ORDERS, access_token="garbage")

    answer = Browser().get(ORDERS, headers={"Authorization": authorization, "DPoP": proof})

    assert answer.status_code == 401


# Races


@conforms("RFC 9449", "11.1", "Of one proof sent eight times at once one counts.")
@pytest.mark.django_db(transaction=True)
def test_one_of_eight_requests_with_the_same_proof_is_answered() -> None:
    world, holder = make_world(), Holder()
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = holder.token(new)
    proof = holder.proof("GET", ORDERS, access_token=token)

    answers = at_once(*[lambda: call(token, proof)] * 8)

    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 7}


@pytest.mark.django_db(transaction=True)
def test_one_of_eight_token_requests_with_the_same_proof_is_answered() -> None:
    world, holder = make_world(), Holder()
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    proof = holder.proof()

    answers = at_once(*[lambda: holder.post(MACHINE, new, proof)] * 8)

    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 7}
    assert AccessToken.objects.count() == 1


# The documentation


@pytest.mark.django_db(transaction=True)
def test_the_documented_client_calls_the_api(
    live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.PUBLIC_URL = live_server.url
    new = machine(partner=make_world().acme, scopes=["purchase_orders:read"])
    monkeypatch.setenv("ISSUER", live_server.url)
    monkeypatch.setenv("CLIENT_ID", new.client.client_id)
    monkeypatch.setenv("CLIENT_SECRET", str(new.secret))
    page = (settings.BASE_DIR / "docs" / "dpop.md").read_text(encoding="utf-8")
    program = tmp_path / "client.py"
    program.write_text(page.split("```python\n")[1].split("```")[0], encoding="utf-8")

    found = runpy.run_path(str(program))

    assert found["orders"] == []
    assert TokenSession.objects.get().dpop_jkt == found["KEY"].thumbprint()
    assert ReplayedId.objects.count() == 2
