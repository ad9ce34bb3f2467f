"""A caller of the API: a token, and headers that writes need unless a test says otherwise."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.test import Client as Browser
from joserfc.jwk import Key

from apps.gateway.policy import Precondition
from apps.oauth.services.dpop import fresh_nonce
from tests.factories.jose import dpop_proof

ORDERS = "/api/v1/purchase-orders"


def new_key() -> str:
    return uuid.uuid4().hex


def headers_to(given: dict[str, str]) -> dict[str, str]:
    """By their names with underscores."""
    return {name.replace("_", "-"): value for name, value in given.items()}


ANY_REVISION = Precondition(any_revision=True)


@dataclass(frozen=True)
class Caller:
    """Speaks HTTP as a partner's program does; with a ``key``, the token is bound to it."""

    token: str
    key: Key | None = None

    @cached_property
    def browser(self) -> Browser:
        """Kept, because each new one sets up all middleware again."""
        return Browser(raise_request_exception=False)

    def credentials(self, method: str, path: str) -> dict[str, str]:
        if self.key is None:
            return {"Authorization": f"Bearer {self.token}"}
        url = settings.PUBLIC_URL + path
        nonce = fresh_nonce(datetime.now(tz=UTC))
        proof = dpop_proof(self.key, method, url, nonce=nonce, access_token=self.token)
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof}

    def get(self, path: str, **query: str) -> Any:
        return self.browser.get(path, query, headers=self.credentials("GET", path))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """``headers`` by their names with underscores; an empty one is left out."""
        sent = {**self.credentials("POST", path), "Idempotency-Key": new_key()}
        sent |= headers_to(headers)
        return self.browser.post(
            path,
            body if isinstance(body, bytes) else json.dumps({} if body is None else body),
            content_type="application/json",
            headers={name: value for name, value in sent.items() if value},
        )

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._change("PATCH", path, json.dumps(body), headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self._change("DELETE", path, "", headers)

    def _change(self, method: str, path: str, body: str, given: dict[str, str]) -> Any:
        sent = self.credentials(method, path)
        sent |= headers_to(given)
        return self.browser.generic(
            method,
            path,
            body,
            content_type="application/merge-patch+json",
            headers={name: value for name, value in sent.items() if value},
        )


def problem(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal, whose form is checked on the way."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"].endswith(f"/problems/{body['code']}")
    assert body["instance"] == f"urn:countersign:request:{body['request_id']}"
    assert body["request_id"] == answer["X-Request-Id"]
    return answer.status_code, body["code"]


def faults(answer: Any) -> list[tuple[str, str]]:
    """Pointer and code of every fault a refusal names."""
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
