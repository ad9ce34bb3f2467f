"""A partner's program over real HTTP: it fetches its own token and carries what writes need."""

from typing import Any

import requests

from apps.oauth.models import Client
from apps.oauth.services import NewClient
from tests.factories.gateway import new_key
from tests.factories.jose import (
    assertion_form,
    client_assertion,
    client_key,
    dpop_proof,
    token_hash,
    use_keys,
)


class Program:
    """One client with one token."""

    def __init__(self, server: str, client: Client) -> None:
        self.server, self.client, self.token, self.scheme = server, client, "", "Bearer"

    def proof(self, _method: str, _url: str) -> dict[str, str]:
        return {}

    def get(self, path: str, **query: str) -> Any:
        """The resource, or the page."""
        return self._ask("GET", path, 200, params=query).json()

    def text(self, path: str, **query: str) -> str:
        return self._ask("GET", path, 200, params=query).text

    def create(self, path: str, body: dict[str, Any], *, on: str = "") -> Any:
        """What was made; ``on`` is the resource whose ETag the creation names."""
        headers = {"If-Match": self.seen(on)} if on else {}
        return self._ask("POST", path, 201, json=body, headers=headers).json()

    def act(self, path: str, act: str, **body: Any) -> Any:
        """The resource at ``path`` after the act."""
        headers = {"If-Match": self.seen(path)}
        return self._ask("POST", f"{path}/{act}", 200, json=body, headers=headers).json()

    def seen(self, path: str) -> str:
        return self._ask("GET", path, 200).headers["ETag"]

    def status(self, path: str) -> int:
        return self._send("GET", path).status_code

    def _ask(self, method: str, path: str, expected: int, **sent: Any) -> requests.Response:
        answer = self._send(method, path, **sent)
        assert answer.status_code == expected, (method, path, answer.text)
        return answer

    def _send(self, method: str, path: str, **sent: Any) -> requests.Response:
        url = f"{self.server}{path}"
        headers = {"Authorization": f"{self.scheme} {self.token}", **self.proof(method, url)}
        if method == "POST":
            headers["Idempotency-Key"] = new_key()
        sent["headers"] = {**headers, **sent.get("headers", {})}
        return requests.request(method, url, timeout=30, **sent)


class PlainProgram(Program):
    """It shows a secret and gets a bearer token."""

    def __init__(self, server: str, new: NewClient) -> None:
        super().__init__(server, new.client)
        answer = requests.post(
            f"{server}/oauth/token",
            {"grant_type": "client_credentials", "scope": " ".join(new.client.allowed_scopes)},
            auth=(new.client.client_id, str(new.secret)),
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]


class BoundProgram(Program):
    """It proves itself by a key, to which its token is bound (RFC 9449): for the restricted tier.
    Nonces come from the server, as every program gets them.
    """

    def __init__(self, server: str, new: NewClient) -> None:
        self.key = client_key()
        self.nonce: str | None = None
        super().__init__(server, use_keys(new.client, self.key))
        first = self._fetch()
        assert (first.status_code, first.json()["error"]) == (400, "use_dpop_nonce"), first.text
        self.nonce = first.headers["DPoP-Nonce"]
        answer = self._fetch()
        assert answer.status_code == 200, answer.text
        self.token, self.scheme = answer.json()["access_token"], "DPoP"

    def proof(self, method: str, url: str) -> dict[str, str]:
        made = dpop_proof(self.key, method, url, nonce=self.nonce, ath=token_hash(self.token))
        return {"DPoP": made}

    def _fetch(self) -> requests.Response:
        url = f"{self.server}/oauth/token"
        assertion = client_assertion(self.client.client_id, self.key, self.server)
        return requests.post(
            url,
            {
                "grant_type": "client_credentials",
                "scope": " ".join(self.client.allowed_scopes),
                **assertion_form(assertion),
            },
            headers={"DPoP": dpop_proof(self.key, "POST", url, nonce=self.nonce)},
            timeout=30,
        )
