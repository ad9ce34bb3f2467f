"""The API's description: valid, complete, and in step with what the API does."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import URLPattern

from apps.audit.services import seal_audit
from apps.gateway.errors import CATALOGUE
from apps.procurement.rest.batches import SUBMITTED
from apps.procurement.rest.examples import ACKNOWLEDGEMENT, DRAFTED, ORDER
from apps.procurement.rest.platform import ME, UNITS
from config.api import urlpatterns
from tests.factories.gateway import ORDERS
from tests.factories.procurement import (
    auditor_caller,
    buyer_caller,
    issued,
    post_order,
    vendor_caller,
)
from tests.factories.world import World


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


def braced(route: str) -> str:
    return route.replace("<str:", "{").replace(">", "}")


def declared() -> dict[str, list[str]]:
    """What every view says it needs, by the URL table."""
    return {
        f"{method} /api/v1/{braced(str(pattern.pattern))}": [*scopes]
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern)
        for method, scopes in pattern.callback.cls.required_scopes.items()
    }


def test_description_lists_every_operation_with_its_scopes(description: dict[str, Any]) -> None:
    found = {
        name: [scope for way in operation["security"] for scope in way.get("oauth2", ())]
        for name, operation in operations(description).items()
    }

    assert {name: found[name] for name in declared()} == declared()
    assert found["POST /api/v1/purchase-orders/{order_id}/issue"] == ["purchase_orders:issue"]


def test_description_names_every_way_to_show_a_credential(description: dict[str, Any]) -> None:
    ways = description["components"]["securitySchemes"]

    issue = operations(description)["POST /api/v1/purchase-orders/{order_id}/issue"]

    assert [next(iter(way)) for way in issue["security"]] == ["oauth2", "bearer", "dpop", "apiKey"]
    assert {name: (way["type"], way.get("scheme")) for name, way in ways.items()} == {
        "oauth2": ("oauth2", None),
        "bearer": ("http", "bearer"),
        "dpop": ("http", "DPoP"),
        "apiKey": ("apiKey", None),
    }


def test_description_says_that_a_batchs_scope_follows_from_its_type(
    description: dict[str, Any],
) -> None:
    batch = operations(description)["POST /api/v1/batches"]

    assert [way["oauth2"] for way in batch["security"] if "oauth2" in way] == [
        [scope] for scope in declared()["POST /api/v1/batches"]
    ]
    assert "`purchase_orders:create` or `purchase_orders:issue`" in batch["description"]


def test_description_says_what_a_list_takes(description: dict[str, Any]) -> None:
    listing = operations(description)["GET /api/v1/purchase-orders"]

    taken = {p["name"]: p for p in listing["parameters"] if p["in"] == "query"}

    assert taken["filter[issued_at][is_null]"]["schema"] == {"type": "boolean"}
    assert "draft" in taken["filter[status]"]["schema"]["items"]["enum"]
    assert (taken["filter[status]"]["style"], taken["filter[status]"]["explode"]) == ("form", False)
    assert "-updated_at" in taken["sort"]["schema"]["items"]["enum"]
    assert {"cursor", "limit", "fields", "count", "filter[number][starts_with]"} <= taken.keys()
    assert {"400", "401", "403"} <= listing["responses"].keys()


def test_description_says_how_a_resource_is_read_and_changed(description: dict[str, Any]) -> None:
    path = "/api/v1/purchase-orders/{order_id}"
    read, change = (operations(description)[f"{method} {path}"] for method in ("GET", "PATCH"))

    headers = {
        name: [p["name"] for p in operation["parameters"] if p["in"] == "header"]
        for name, operation in (("GET", read), ("PATCH", change))
    }

    assert headers == {"GET": ["If-None-Match"], "PATCH": ["If-Match"]}
    assert read["responses"]["304"] == {"description": "Not changed since the revision you have."}
    assert "ETag" in change["responses"]["200"]["headers"]
    assert set(change["requestBody"]["content"]) == {
        "application/json",
        "application/merge-patch+json",
    }
    assert {"412", "415", "422", "428"} <= change["responses"].keys()


def test_description_names_the_headers_a_write_needs(description: dict[str, Any]) -> None:
    submit = operations(description)["POST /api/v1/purchase-orders/{order_id}/submit"]

    required = {p["name"] for p in submit["parameters"] if p["in"] == "header" and p["required"]}

    assert required == {"Idempotency-Key", "If-Match"}


def test_description_documents_refusals_as_problems(description: dict[str, Any]) -> None:
    submit = operations(description)["POST /api/v1/purchase-orders/{order_id}/submit"]

    refusals = {status: answer for status, answer in submit["responses"].items() if status > "299"}

    assert sorted(refusals) == [
        "400", "401", "403", "404", "406", "409", "412", "413", "415", "422", "428", "429", "503",
    ]  # fmt: skip
    assert {media for answer in refusals.values() for media in answer["content"]} == {
        "application/problem+json"
    }


def test_every_operation_may_find_a_request_malformed(description: dict[str, Any]) -> None:
    """A query with NUL, a parameter twice, another version: whatever is asked for."""
    named = {
        name: operation["responses"]["400"]["content"]["application/problem+json"]["examples"]
        for name, operation in operations(description).items()
    }

    assert [name for name, codes in named.items() if "malformed-request" not in codes] == []


def test_description_offers_both_flows_with_every_scope(description: dict[str, Any]) -> None:
    flows = description["components"]["securitySchemes"]["oauth2"]["flows"]

    needed = {
        scope
        for operation in operations(description).values()
        for way in operation["security"]
        for scope in way.get("oauth2", ())
    }

    assert {name: set(flow["scopes"]) for name, flow in flows.items()} == {
        "clientCredentials": needed,
        "authorizationCode": needed,
    }


def conform(description: dict[str, Any], shape: str, value: Any) -> None:
    """The value is what the description says of the shape, and says no less."""
    schema = {**description, "$ref": f"#/components/schemas/{shape}"}
    jsonschema.Draft202012Validator(schema).validate(value)
    said = set(description["components"]["schemas"][shape]["properties"])
    assert value.keys() <= said


@pytest.mark.django_db
def test_answers_are_what_the_description_says(world: World, description: dict[str, Any]) -> None:
    erp = buyer_caller(world)
    order, sent = post_order(erp, world).json(), issued(world)
    path = f"{ORDERS}/{sent.public_id}/acknowledgements"
    answered = vendor_caller(world.acme).post(path, ACKNOWLEDGEMENT, If_Match="*").json()
    seal_audit(at=datetime.now(UTC), force_checkpoint=True)
    auditor = auditor_caller(world)
    trail = auditor.get("/api/v1/audit-events").json()
    for caller in (auditor, vendor_caller(world.acme)):
        receipt = caller.get(f"{ORDERS}/{sent.public_id}/authorization").json()
        conform(description, "AuthorizationBody", receipt)
    log = "/api/v1/audit-log"
    checkpoint = auditor.get(f"{log}/checkpoints/latest").json()
    size = str(checkpoint["tree_size"])
    proof = auditor.get(f"{log}/inclusion-proofs", index="0").json()
    both = auditor.get(f"{log}/consistency-proofs", first=size, second=size).json()
    conform(description, "CheckpointBody", checkpoint)
    conform(description, "CheckpointListBody", auditor.get(f"{log}/checkpoints").json())
    conform(description, "InclusionProofBody", proof)
    conform(description, "ConsistencyProofBody", both)

    conform(description, "OrderBody", order)
    conform(description, "LineBody", order["lines"][0])
    conform(description, "TotalsBody", order["totals"])
    conform(description, "OrderListBody", erp.get(ORDERS).json())
    conform(description, "AcknowledgementBody", answered)
    conform(description, "AuditEventListBody", trail)
    conform(description, "AuditEventBody", trail["data"][0])
    conform(description, "ProblemShape", erp.get(f"{ORDERS}/po_1").json())
    (expanded,) = erp.get(ORDERS, expand="vendor", limit="1").json()["data"]
    conform(description, "ExpandedVendorBody", expanded["expanded"]["vendor"])
    conform(description, "MeBody", erp.get("/api/v1/me").json())
    conform(description, "CodelistBody", erp.get("/api/v1/codelists/currencies").json())
    item = {"key": "item-1", "id": order["id"], "if_match": "*"}
    batch = {"type": "purchase_orders.submit", "atomic": True, "items": [item]}
    conform(description, "BatchBody", erp.post("/api/v1/batches", batch).json())


def test_examples_are_what_the_description_says(description: dict[str, Any]) -> None:
    conform(description, "OrderShape", ORDER)
    conform(description, "OrderBody", DRAFTED)
    conform(description, "AnswerShape", ACKNOWLEDGEMENT)
    conform(description, "BatchShape", SUBMITTED)
    conform(description, "MeBody", ME)
    conform(description, "CodelistBody", UNITS)


def test_description_closes_what_is_posted(description: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        conform(description, "OrderShape", {**ORDER, "status": "issued"})


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


def test_description_says_whose_id_stands_in_a_path(description: dict[str, Any]) -> None:
    path = "/api/v1/purchase-orders/{order_id}/acknowledgements/{acknowledgement_id}"
    answer = operations(description)[f"GET {path}"]

    assert {p["name"]: p["description"] for p in answer["parameters"] if p["in"] == "path"} == {
        "order_id": "The `id` of the order.",
        "acknowledgement_id": "The `id` of the acknowledgement.",
    }


def test_answer_to_an_act_has_an_example_of_its_own(description: dict[str, Any]) -> None:
    issue = operations(description)["POST /api/v1/purchase-orders/{order_id}/issue"]

    (example,) = issue["responses"]["200"]["content"]["application/json"]["examples"].values()

    assert example["value"]["status"] == "issued"
