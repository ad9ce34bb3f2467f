"""A provider upstream on this machine, whose answers a test chooses, and federations with it."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from django.core.cache import cache
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import ECKey

from apps.identity.models import Federation

EVERYBODY = {"claim": "email_domain", "value": "acme.example", "staff_role": "viewer"}
CLIENT_ID, CLIENT_SECRET = "countersign", "upstream secret"


def federation(name: str = "Acme", **columns: Any) -> Federation:
    """One as stored; nothing was asked of its provider."""
    given = {
        "name": name,
        "slug": name.lower().replace(" ", "-"),
        "issuer": "https://login.acme.example",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "allowed_domains": ["acme.example"],
        "rules": [EVERYBODY],
        "created_at": datetime.now(tz=UTC),
    }
    return Federation.objects.create(**{**given, **columns})


@dataclass
class Upstream:
    """An OpenID provider that believes the test: whom it vouches for, and what it gets wrong."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    id_token: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    refresh: tuple[int, dict[str, Any]] | None = None
    userinfo: tuple[int, dict[str, Any]] | None = None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    signs: ECKey | None = None
    key_members: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256"})
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k"}))

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "email", "profile", "offline_access"],
            **self.discovery,
        }

    def agree(self, address: str) -> str:
        """The person says yes there; the address the browser is sent back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, self.document()
        if path == "/jwks":
            return 200, {"keys": [{**self.key.as_dict(private=False), **self.key_members}]}
        if path == "/userinfo":
            return self.userinfo or (200, self.person)
        if path == "/token" and form.get("grant_type") == "refresh_token":
            return self.refresh or (200, {"access_token": "later", "expires_in": 60})
        if path == "/token":
            return self._redeem(form)
        return 404, {}

    def _redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != proof:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": self.person.get("sub"),
            "nonce": asked["nonce"],
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            **self.id_token,
        }
        token = jwt.encode({"alg": "ES256", "kid": "k"}, claims, self.signs or self.key)
        given = {"access_token": "first", "refresh_token": "keep", "expires_in": 60}
        return 200, {**given, "id_token": token, **self.tokens}


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, document = upstream.answer(urlsplit(self.path).path, form)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the test knows what it asks."""

    return Handler


@contextmanager
def providing(**person: Any) -> Iterator[Upstream]:
    """A provider on a free port that vouches for Ada of Acme unless told otherwise."""
    ada = {"sub": "ada-1", "email": "ada@acme.example", "email_verified": True, "name": "Ada"}
    upstream = Upstream(person={**ada, **person})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream))
    server.daemon_threads = True
    upstream.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        cache.clear()


def set_out(browser: Browser, slug: str = "acme", suffix: str = "", **query: str) -> str:
    """The person presses the button; the address at the provider."""
    page = browser.post(f"/account/by/{slug}/{suffix}", query_params=query)
    assert page.status_code == 200, page.content
    return str(page.context["address"])


def sign_in_by(browser: Browser, upstream: Upstream, slug: str = "acme", **query: str) -> Any:
    """There and back; what our callback answers."""
    back = urlsplit(upstream.agree(set_out(browser, slug, **query)))
    return browser.get(f"{back.path}?{back.query}")
