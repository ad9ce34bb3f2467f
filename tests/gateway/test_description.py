"""The API's description: valid, complete, and in step with what the API does."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from apps.gateway.errors import CATALOGUE


@pytest.fixture
def description(client: Browser) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_description_validates_without_a_warning(tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"

    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json",
        "--file", str(target),
    )  # fmt: skip

    assert target.stat().st_size > 0


def test_description_lists_every_operation_with_its_scopes(description: dict[str, Any]) -> None:
    found = {
        name: operation["security"][0]["oauth2"]
        for name, operation in operations(description).items()
        if "purchase-orders" in name or "audit-events" in name
    }

    assert found == {
        "GET /api/v1/audit-events": ["audit:read"],
        "GET /api/v1/purchase-orders": ["purchase_orders:read"],
        "POST /api/v1/purchase-orders": ["purchase_orders:create"],
        "GET /api/v1/purchase-orders/{order_id}": ["purchase_orders:read"],
        "POST /api/v1/purchase-orders/{order_id}/submit": ["purchase_orders:create"],
        "POST /api/v1/purchase-orders/{order_id}/issue": ["purchase_orders:issue"],
        "POST /api/v1/purchase-orders/{order_id}/acknowledgements": ["purchase_orders:acknowledge"],
    }


def test_description_names_the_headers_a_write_needs(description: dict[str, Any]) -> None:
    submit = operations(description)["POST /api/v1/purchase-orders/{order_id}/submit"]

    required = {p["name"] for p in submit["parameters"] if p["in"] == "header" and p["required"]}

    assert required == {"Idempotency-Key", "If-Match"}


def test_description_documents_refusals_as_problems(description: dict[str, Any]) -> None:
    submit = operations(description)["POST /api/v1/purchase-orders/{order_id}/submit"]

    refusals = {status: answer for status, answer in submit["responses"].items() if status > "299"}

    assert sorted(refusals) == [
        "400", "401", "403", "404", "406", "409", "412", "413", "415", "422", "428",
    ]  # fmt: skip
    assert {media for answer in refusals.values() for media in answer["content"]} == {
        "application/problem+json"
    }


def test_description_offers_both_flows_with_every_scope(description: dict[str, Any]) -> None:
    flows = description["components"]["securitySchemes"]["oauth2"]["flows"]

    needed = {
        scope
        for operation in operations(description).values()
        for scope in operation["security"][0]["oauth2"]
    }

    assert {name: set(flow["scopes"]) for name, flow in flows.items()} == {
        "clientCredentials": needed,
        "authorizationCode": needed,
    }


def test_docs_page_has_no_inline_script_or_style(client: Browser) -> None:
    page = client.get("/api/docs").content.decode()

    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count("<script src=") == 2


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_problem_has_its_page(client: Browser, code: str) -> None:
    answer = client.get(f"/problems/{code}")

    assert answer.status_code == 200
    assert f"{CATALOGUE[code].status} · {code}" in answer.content.decode()


def test_problem_page_of_an_unknown_code_is_404(client: Browser) -> None:
    assert client.get("/problems/no-such-code").status_code == 404


def test_problem_index_links_every_page(client: Browser) -> None:
    page = client.get("/problems").content.decode()

    assert [code for code in CATALOGUE if f'href="/problems/{code}"' not in page] == []
