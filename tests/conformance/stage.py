"""Clients of each kind, and each request as a client or a browser sends it."""

import base64
import dataclasses
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.test import Client as Browser
from joserfc.jwk import ECKey

from apps.identity.models import User
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod, Profile
from apps.oauth.services import NewClient
from tests.factories.jose import signed
from tests.factories.oauth import (
    Pkce,
    authorize_query,
    basic,
    code_for,
    pkce,
    redeem,
    redirect_parameters,
)

ISSUER = "https://buyer.example"
ORDERS = "/api/v1/purchase-orders"
FORM = "application/x-www-form-urlencoded"
CC = {"grant_type": "client_credentials"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


# --- Answers --------------------------------------------------------------------------------------
def told(answer: Any) -> dict[str, Any]:
    """The JSON object an endpoint answered with."""
    return dict(json.loads(answer.content))


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, told(answer)["error"]


def claims_in(token: str) -> dict[str, Any]:
    """What a token says, unchecked."""
    return _part(token, 1)


def header_of(token: str) -> dict[str, Any]:
    return _part(token, 0)


def _part(token: str, index: int) -> dict[str, Any]:
    part = token.split(".")[index]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


# --- Requests of clients --------------------------------------------------------------------------
def post(path: str, form: Any, *, new: NewClient | None = None, **headers: str) -> Any:
    """A form as a client posts it; a client with a secret shows it in the header."""
    if new is not None:
        headers["Authorization"] = basic(new.client, new.secret)
    return Browser().post(path, data=urlencode(form), content_type=FORM, headers=headers)


def call_api(token: str, *, scheme: str = "Bearer", path: str = ORDERS, dpop: str = "") -> Any:
    proof = {"DPoP": dpop} if dpop else {}
    return Browser().get(path, headers={"Authorization": f"{scheme} {token}", **proof})


def tokens_of(user: User, new: NewClient, **changes: str) -> dict[str, Any]:
    """The whole code flow with consent; what the token endpoint answered."""
    proof = pkce()
    answer = redeem(new, code_for(user, new, proof, **changes), proof)
    assert answer.status_code == 200, answer.content
    return told(answer)


# --- A person's browser ---------------------------------------------------------------------------
def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def ask(browser: Browser, new: NewClient, proof: Pkce | None = None, **changes: str) -> Any:
    """An authorization request; a change to nothing leaves the parameter out."""
    query = authorize_query(new, proof or pkce(), **changes)
    return browser.get("/oauth/authorize", {name: v for name, v in query.items() if v})


def allow(browser: Browser, page: Any) -> Any:
    """The person presses Allow on the page; the redirect to the client."""
    assert page.status_code == 200, (page.status_code, page.content)
    handle = page.context["request_handle"]
    return browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})


def sent_back(answer: Any) -> dict[str, str]:
    """What the client is told by redirect, with 303."""
    assert answer.status_code == 303, (answer.status_code, answer.content)
    return redirect_parameters(answer)


# --- Keys of clients ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Keyholder:
    """Who holds a private key: signs client assertions (RFC 7523) and proofs (RFC 9449)."""

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def public(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        whole = {"alg": "ES256", **header}
        return signed({name: v for name, v in whole.items() if v is not None}, claims, self.key)

    def assertion(self, client: Client, **changes: Any) -> str:
        """A change to None leaves the claim out."""
        at = int(datetime.now(tz=UTC).timestamp())
        claims = {
            "iss": client.client_id,
            "sub": client.client_id,
            "aud": ISSUER,
            "jti": secrets.token_urlsafe(16),
            "iat": at,
            "exp": at + 60,
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.sign({"kid": self.thumbprint}, kept)

    def credentials(self, client: Client, **changes: Any) -> dict[str, str]:
        return {
            "client_id": client.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(client, **changes),
        }

    def proof(
        self, method: str, path: str, *, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        """A change to None leaves the claim out."""
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": f"{ISSUER}{path}",
            "iat": int(datetime.now(tz=UTC).timestamp()),
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.sign({"typ": "dpop+jwt", "jwk": self.public, **(header or {})}, kept)


def ath(token: str) -> str:
    """The hash of an access token in a proof (RFC 9449 section 4.2)."""
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def post_proved(
    path: str, form: Callable[[], dict[str, str]], holder: Keyholder, **headers: str
) -> Any:
    """A form with a proof, made anew with the server's nonce if it asks for one: an assertion in
    it was spent by the first attempt.
    """
    answer = post(path, form(), DPoP=holder.proof("POST", path), **headers)
    if answer.status_code == 400 and told(answer)["error"] == "use_dpop_nonce":
        proof = holder.proof("POST", path, nonce=answer["DPoP-Nonce"])
        return post(path, form(), DPoP=proof, **headers)
    return answer


def call_proved(token: str, holder: Keyholder, **changes: Any) -> Any:
    """The API with a proof, sent again with the server's nonce if it asks for one."""
    changes = {"ath": ath(token), **changes}
    answer = call_api(token, scheme="DPoP", dpop=holder.proof("GET", ORDERS, **changes))
    if answer.status_code == 401 and "use_dpop_nonce" in answer["WWW-Authenticate"]:
        changes["nonce"] = answer["DPoP-Nonce"]
        return call_api(token, scheme="DPoP", dpop=holder.proof("GET", ORDERS, **changes))
    return answer


# --- Clients of profile fapi ----------------------------------------------------------------------
def changed(new: NewClient, **fields: Any) -> NewClient:
    """The client as staff have changed it."""
    Client.objects.filter(pk=new.client.pk).update(**fields)
    return dataclasses.replace(new, client=Client.objects.get(pk=new.client.pk))


def with_key(new: NewClient, holder: Keyholder, **fields: Any) -> NewClient:
    """The client once it authenticates with a key in place of a secret."""
    keyed = changed(
        new,
        token_endpoint_auth_method=AuthMethod.PRIVATE_KEY_JWT,
        client_secret="",
        client_jwks={"keys": [{**holder.public, "kid": holder.thumbprint}]},
        **fields,
    )
    return dataclasses.replace(keyed, secret=None)


@dataclass(frozen=True)
class Fapi:
    """A client of profile `fapi` with its key and one verifier."""

    new: NewClient
    holder: Keyholder
    verifier: Pkce

    @property
    def credentials(self) -> dict[str, str]:
        return self.holder.credentials(self.new.client)

    def push(self, **changes: str) -> Any:
        """A pushed request; a change to nothing leaves the parameter out."""
        form = {
            **authorize_query(self.new, self.verifier, state="s" * 1200),
            **self.credentials,
            **changes,
        }
        return post("/oauth/par", {name: v for name, v in form.items() if v})

    def show(self, browser: Browser, request_uri: str, **changes: str) -> Any:
        query = {"client_id": self.new.client.client_id, "request_uri": request_uri, **changes}
        return browser.get("/oauth/authorize", query)

    def code(self, user: User, **changes: str) -> str:
        browser = signed_in(user)
        pushed = self.push(**changes)
        assert pushed.status_code == 201, pushed.content
        page = self.show(browser, told(pushed)["request_uri"])
        return sent_back(allow(browser, page))["code"]

    def redeem(self, code: str, **changes: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": authorize_query(self.new, self.verifier)["redirect_uri"],
            "code_verifier": self.verifier.verifier,
            **changes,
        }
        return post_proved("/oauth/token", lambda: {**form, **self.credentials}, self.holder)

    def refresh(self, token: str, holder: Keyholder | None = None) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return post_proved(
            "/oauth/token", lambda: {**form, **self.credentials}, holder or self.holder
        )

    def tokens(self, user: User, **changes: str) -> dict[str, Any]:
        answer = self.redeem(self.code(user, **changes))
        assert answer.status_code == 200, answer.content
        return told(answer)


def fapi_of(new: NewClient) -> Fapi:
    """The client once it is of profile `fapi`."""
    holder = Keyholder()
    profiled = with_key(
        new,
        holder,
        profile=Profile.FAPI,
        require_pushed_authorization_requests=True,
        dpop_bound_access_tokens=True,
        id_token_signed_response_alg="ES256",
    )
    return Fapi(profiled, holder, pkce())
