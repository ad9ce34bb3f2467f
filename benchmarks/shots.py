"""The requests that are measured: each candidate's way to ask for the same thing."""

import base64
import http.client
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks.errors import BenchmarkError

LOOPBACK = "127.0.0.1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
SCOPES = "purchase_orders:read purchase_orders:create"
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Shot:
    """One request. ``unique`` names a header that must differ in every repetition."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    unique: str = ""


def send(connection: http.client.HTTPConnection, shot: Shot) -> tuple[int, bytes]:
    headers = {**shot.headers, **({shot.unique: uuid.uuid4().hex} if shot.unique else {})}
    connection.request(shot.method, shot.path, shot.body or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def ask(port: int, shot: Shot) -> dict[str, Any]:
    """The JSON that one request gets. Raises BenchmarkError when it is refused."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        status, body = send(connection, shot)
    finally:
        connection.close()
    if status >= http.HTTPStatus.BAD_REQUEST:
        raise BenchmarkError(f"{shot.method} {shot.path} got {status}: {body[:300]!r}")
    return dict(json.loads(body))


def answers(port: int) -> bool:
    """Whether a web server answers at all, whatever it says."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        return send(connection, Shot("GET", "/health/live"))[0] < http.HTTPStatus.BAD_GATEWAY
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def basic(client: Facts) -> dict[str, str]:
    pair = f"{client['client_id']}:{client['client_secret']}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token_shot(path: str, client: Facts, scope: str) -> Shot:
    form = urlencode({"grant_type": "client_credentials", "scope": scope})
    return Shot("POST", path, {**basic(client), **FORM}, form)


def our_token(client: Facts, scope: str = SCOPES) -> Shot:
    return token_shot("/oauth/token", client, scope)


def stock_token(client: Facts) -> Shot:
    return token_shot("/o/token/", client, "orders")


def introspection(client: Facts, token: str) -> Shot:
    return Shot("POST", "/oauth/introspect", {**basic(client), **FORM}, urlencode({"token": token}))


def our_order(known: Facts, token: str) -> Shot:
    body = {
        "project": known["project"],
        "vendor": known["vendor"],
        "currency": "EUR",
        "reference": "4711",
        "requested_delivery": "2030-01-01",
        "note": "Leave it at the gate.",
        "lines": [{**_line(number), "tax": _tax()} for number in (1, 2, 3)],
    }
    return Shot(
        "POST",
        "/api/v1/purchase-orders",
        {**bearer(token), **JSON},
        json.dumps(body),
        unique="Idempotency-Key",
    )


def our_orders(token: str, **query: str | int) -> Shot:
    return Shot("GET", f"/api/v1/purchase-orders?{urlencode(query)}", bearer(token))


def stock_order(token: str) -> Shot:
    """The same order; stock reckons nothing and takes the totals as they come."""
    body = {
        "number": "PO-4711",
        "project": "Office",
        "vendor": "Acme",
        "currency": "EUR",
        "reference": "4711",
        "requested_delivery": "2030-01-01",
        "note": "Leave it at the gate.",
        "lines_net": "1530.00",
        "tax_total": "382.50",
        "tax_inclusive": "1912.50",
        "lines": [
            {**_line(number), "tax_category": "S", "tax_rate": "25", "net": "510.00"}
            for number in (1, 2, 3)
        ],
    }
    return Shot("POST", "/orders/", {**bearer(token), **JSON}, json.dumps(body))


def _line(number: int) -> dict[str, Any]:
    return {
        "line_no": number,
        "description": "Paper A4, white, 80 g",
        "category": "14111507",
        "quantity": "120",
        "uom": "EA",
        "unit_price": "4.25",
    }


def _tax() -> dict[str, str]:
    return {"category": "S", "rate": "25"}
