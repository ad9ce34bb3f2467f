"""One probe for each member of the metadata documents: what a server that says so would do.

A probe takes the stage and returns the value it found by trying; the test compares it with what
is advertised. What is tried is more than what is advertised, so that a value nobody advertises but
that works is found as well.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any

from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from apps.core.errors import ValidationFailedError
from apps.core.keys import signatures
from apps.identity.models import User
from apps.oauth.models.clients import AuthMethod
from apps.oauth.scopes import CATALOGUE
from apps.oauth.services.logout_notices import send_notices
from tests.conformance.stage import (
    CC,
    ISSUER,
    allow,
    ask,
    changed,
    claims_in,
    header_of,
    post,
    sent_back,
    signed_in,
    tokens_of,
    told,
)
from tests.factories.jose import (
    assertion_form,
    client_assertion,
    client_key,
    dpop_proof,
    use_keys,
)
from tests.factories.oauth import access_token, basic, machine, pkce, redeem, web_app
from tests.factories.web import serving
from tests.factories.world import World

SCOPES = ("openid", "profile", "email", "purchase_orders:read", "offline_access")
SIGNATURES = ("ES256", "PS256", "EdDSA", "RS256")
GRANTS = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:openid:params:grant-type:ciba",
)


@dataclass
class Stage:
    """The world and two applications of it."""

    world: World
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.app = web_app(partner=self.world.acme, scopes=SCOPES)

    def page(self, **changes: str) -> Any:
        return ask(signed_in(self.world.bo), self.app, **changes)

    def tokens(self, **changes: str) -> dict[str, Any]:
        return tokens_of(self.world.bo, self.app, prompt="consent", **changes)


Probe = Callable[[Stage], Any]


def those(names: Iterable[str], works: Callable[[str], bool]) -> list[str]:
    return sorted(name for name in names if works(name))


def issuer(stage: Stage) -> str:
    return str(claims_in(stage.tokens()["access_token"])["iss"])


def scopes(stage: Stage) -> list[str]:
    """Those that some client may be registered for."""
    del stage

    def registers(name: str) -> bool:
        try:
            web_app(scopes=[name, "purchase_orders:read"])
        except ValidationFailedError:
            return False
        return True

    return those([*CATALOGUE, "catalog:read", "__all__", "introspection", "read"], registers)


def response_types(stage: Stage) -> list[str]:
    tried = ("code", "token", "id_token", "code token", "code id_token", "none", "device_code")
    return those(tried, lambda name: stage.page(response_type=name).status_code == 200)


def response_modes(stage: Stage) -> list[str]:
    tried = ("query", "fragment", "form_post", "query.jwt", "fragment.jwt", "jwt")
    return those(tried, lambda name: stage.page(response_mode=name).status_code == 200)


def grant_types(stage: Stage) -> list[str]:
    new = machine(partner=stage.world.acme)
    answers = {name: told(post("/oauth/token", {"grant_type": name}, new=new)) for name in GRANTS}
    return those(GRANTS, lambda name: answers[name].get("error") != "unsupported_grant_type")


def challenge_methods(stage: Stage) -> list[str]:
    tried = ("S256", "plain", "S512")
    return those(tried, lambda name: stage.page(code_challenge_method=name).status_code == 200)


def names_issuer(stage: Stage) -> bool:
    browser = signed_in(stage.world.bo)
    granted = sent_back(allow(browser, ask(browser, stage.app)))
    refused = sent_back(ask(browser, stage.app, scope="nothing:here"))
    return [one.get("iss") for one in (granted, refused)] == [ISSUER, ISSUER]


def must_push(stage: Stage) -> bool:
    return bool(stage.page().status_code != 200)


def details_types(stage: Stage) -> list[str]:
    def accepted(name: str) -> bool:
        wanted = [{"type": name, "identifier": stage.world.office.public_id}]
        form = {**CC, "authorization_details": json.dumps(wanted)}
        new = machine(partner=stage.world.acme)
        return bool(post("/oauth/token", form, new=new).status_code == 200)

    return those(("procurement_purchasing", "payment_initiation", "openid_credential"), accepted)


def proof_algorithms(stage: Stage) -> list[str]:
    """At the token endpoint, with the nonce it gives."""
    new = machine(partner=stage.world.acme)

    def accepted(name: str) -> bool:
        key, header = client_key(name), {"Authorization": basic(new.client, new.secret)}
        address, nonce = f"{ISSUER}/oauth/token", None
        for _ in range(2):
            proof = dpop_proof(key, "POST", address, nonce=nonce)
            answer = post("/oauth/token", CC, DPoP=proof, **header)
            nonce = answer.get("DPoP-Nonce")
        return bool(answer.status_code == 200)

    return those(SIGNATURES, accepted)


# --- Authentication of clients --------------------------------------------------------------------
def auth_methods(path: str, form: dict[str, str]) -> Probe:
    """Those that an endpoint lets clients in by."""

    def probe(stage: Stage) -> list[str]:
        def accepted(name: str) -> bool:
            sent, headers = _shown(stage, name)
            return bool(post(path, {**form, **sent}, **headers).status_code != 401)

        return those([*AuthMethod.values, "client_secret_jwt", "tls_client_auth"], accepted)

    return probe


def _shown(stage: Stage, method: str) -> tuple[dict[str, str], dict[str, str]]:
    """Form and headers of a client that proves itself in this way."""
    if method == AuthMethod.NONE:
        app = web_app(partner=stage.world.acme, auth_method=AuthMethod.NONE)
        return {"client_id": app.client.client_id}, {}
    new = machine(partner=stage.world.acme, is_resource_server=True)
    name = new.client.client_id
    if method == AuthMethod.SECRET_BASIC:
        return {}, {"Authorization": basic(new.client, new.secret)}
    if method == AuthMethod.SECRET_POST:
        changed(new, token_endpoint_auth_method=method)
        return {"client_id": name, "client_secret": str(new.secret)}, {}
    if method == AuthMethod.PRIVATE_KEY_JWT:
        key = client_key()
        use_keys(new.client, key)
        return assertion_form(client_assertion(name, key, ISSUER)), {}
    if method == "client_secret_jwt":
        return assertion_form(_by_secret(name, str(new.secret))), {}
    return {"client_id": name}, {}


def _by_secret(name: str, secret: str) -> str:
    at = int(datetime.now(tz=UTC).timestamp())
    said = {"iss": name, "sub": name, "aud": ISSUER, "iat": at, "exp": at + 60, "jti": "1"}
    return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(secret), algorithms=["HS256"])


def assertion_algorithms(path: str, form: dict[str, str]) -> Probe:
    """Those that a client's assertion may be signed with at an endpoint."""

    def probe(stage: Stage) -> list[str]:
        def accepted(name: str) -> bool:
            key = client_key(name)
            client = use_keys(machine(partner=stage.world.acme).client, key)
            signed = client_assertion(client.client_id, key, ISSUER)
            answer = post(path, {**form, **assertion_form(signed)})
            return bool(answer.status_code != 401)

        return those(SIGNATURES, accepted)

    return probe


def introspection_algorithms(stage: Stage) -> list[str]:
    server = machine(is_resource_server=True)
    token = access_token(machine(partner=stage.world.acme))
    wanted = "application/token-introspection+jwt"
    answer = post("/oauth/introspect", {"token": token}, new=server, Accept=wanted)
    return [str(header_of(answer.content.decode())["alg"])]


# --- OpenID Connect -------------------------------------------------------------------------------
def subject_types(stage: Stage) -> list[str]:
    other = web_app(partner=stage.world.acme, scopes=SCOPES)
    theirs = claims_in(tokens_of(stage.world.bo, other)["id_token"])["sub"]
    return ["public" if claims_in(stage.tokens()["id_token"])["sub"] == theirs else "pairwise"]


def id_token_algorithms(stage: Stage) -> list[str]:
    def signs(name: str) -> bool:
        if name == "PS256":  # No client can be registered for it.
            return False
        changed(stage.app, id_token_signed_response_alg=name)
        return bool(header_of(stage.tokens()["id_token"])["alg"] == name)

    return those(SIGNATURES, signs)


def userinfo_algorithms(stage: Stage) -> list[str]:
    keys = KeySet.import_key_set(told(Browser().get("/oauth/jwks")))

    def signs(name: str) -> bool:
        if name == "PS256":  # No client can be registered for it.
            return False
        changed(stage.app, userinfo_signed_response_alg=name)
        answer = userinfo(stage.tokens()["access_token"])
        found = jwt.decode(answer.content.decode(), keys, registry=signatures([name]))
        return bool(found.header["alg"] == name)

    return those(SIGNATURES, signs)


def userinfo(token: str) -> Any:
    return Browser().get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})


def claims(stage: Stage) -> list[str]:
    """All that is told to somebody who asks for everything."""
    stage.world.bo.name = "Bo"
    stage.world.bo.save(update_fields=["name"])
    browser = _signed_in(stage.world.bo)
    scopes = [*stage.app.client.allowed_scopes, "vendors:read"]
    changed(stage.app, allowed_scopes=scopes)
    every = dict.fromkeys(("name", "partner", "role", "email", "email_verified", "acr", "amr"))
    wanted = json.dumps({"id_token": every, "userinfo": {**every, "auth_time": None}})
    body = _tokens_in(browser, stage, claims=wanted, nonce="n", scope=" ".join(scopes))
    return sorted({*claims_in(body["id_token"]), *told(userinfo(body["access_token"]))})


def _tokens_in(browser: Browser, stage: Stage, **changes: str) -> dict[str, Any]:
    proof = pkce()
    page = ask(browser, stage.app, proof, prompt="consent", **changes)
    return told(redeem(stage.app, sent_back(allow(browser, page))["code"], proof))


def _signed_in(user: User, *further: dict[str, str]) -> Browser:
    """Through the page, where django-allauth writes down how; more proofs as it writes them."""
    browser = Browser()
    browser.post("/account/login/", {"login": user.email, "password": "correct horse battery"})
    session = browser.session
    steps = session["account_authentication_methods"]
    session["account_authentication_methods"] = [
        *steps,
        *({**steps[0], **step, "at": time()} for step in further),
    ]
    session.save()
    return browser


def hears_claims(stage: Stage) -> bool:
    wanted = '{"id_token": {"email": null}}'
    return "email" in claims_in(stage.tokens(claims=wanted)["id_token"])


def hears_request(stage: Stage) -> bool:
    return bool(sent_back(stage.page(request="e30.e30."))["error"] != "request_not_supported")


def hears_request_uri(stage: Stage) -> bool:
    return bool(stage.page(request_uri="https://app.example/request.jwt").status_code != 400)


def prompts(stage: Stage) -> list[str]:
    def known(name: str) -> bool:
        answer = stage.page(prompt=name)
        if answer.status_code != 303:
            return True
        return bool(sent_back(answer).get("error") != "invalid_request")

    return those(("none", "login", "consent", "select_account", "create"), known)


def acr_values(stage: Stage) -> list[str]:
    """What a sign-in by password, and one with a second factor, is said to be."""
    found = []
    for further in ((), ({"method": "mfa", "type": "totp"},)):
        browser = _signed_in(stage.world.bo, *further)
        found.append(str(claims_in(_tokens_in(browser, stage)["id_token"])["acr"]))
    return sorted(found)


def languages(stage: Stage) -> list[str]:
    text = stage.page().content.decode()
    return [text.partition('lang="')[2][:2]]


def logout_token(stage: Stage) -> dict[str, Any]:
    """What an application hears when somebody who used it signs out of that browser."""
    browser = signed_in(stage.world.bo)
    with serving() as site:
        changed(stage.app, backchannel_logout_uri=site.url("/out"))
        _tokens_in(browser, stage)
        browser.post("/account/logout/")
        send_notices(clock=lambda: datetime.now(tz=UTC))
    ((_, body),) = site.posted
    return claims_in(body.removeprefix("logout_token="))
