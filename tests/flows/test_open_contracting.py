"""The Open Contracting process: a published contract becomes an order that can be traced.

The data is read from SAMPLE_DATA and is not part of the project.
"""

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from apps.projects.services import create_buyer_entity
from tests.factories.world import SETUP, project

pytestmark = pytest.mark.django_db(transaction=True)

CONTRACT = "ocds/ocds-213czf-000-00001-05-contract.json"


@pytest.fixture
def release() -> dict[str, Any]:
    folder = Path(os.environ.get("SAMPLE_DATA", ""))
    if not os.environ.get("SAMPLE_DATA") or not (folder / CONTRACT).exists():
        pytest.skip("SAMPLE_DATA does not name the folder with ocds/")
    found: dict[str, Any] = json.loads((folder / CONTRACT).read_text(encoding="utf-8"))
    return dict(found["releases"][0])


@pytest.fixture
def server(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # The test server speaks plain HTTP.
    return str(live_server.url)


def command(name: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *arguments, "--json", stdout=out)
    return (
        dict(json.loads(out.getvalue()))
        if out.getvalue().startswith("{")
        else {"list": json.loads(out.getvalue())}
    )


def signed_in(server: str, client: dict[str, str], scope: str) -> OAuth2Session:
    """A standard client library that knows the issuer and its own credentials, nothing else."""
    session = OAuth2Session(client["client_id"], client["client_secret"], scope=scope)
    metadata = session.get(
        f"{server}/.well-known/oauth-authorization-server", withhold_token=True
    ).json()
    session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    return session


def party(release: dict[str, Any], role: str) -> dict[str, Any]:
    return next(one for one in release["parties"] if role in one["roles"])


def order_from(release: dict[str, Any], *, project_id: str, vendor_id: str) -> dict[str, Any]:
    """The contract's items as an order; the line items win over the contract's value."""
    contract = release["contracts"][0]
    return {
        "project": project_id,
        "vendor": vendor_id,
        "currency": contract["items"][0]["unit"]["value"]["currency"],
        "reference": contract["id"],
        "lines": [
            {
                "line_no": number,
                "description": item["description"],
                "category": item["classification"]["id"].removesuffix(".0"),
                "quantity": str(item["quantity"]),
                "uom": item["unit"]["id"],
                "unit_price": str(item["unit"]["value"]["amount"]),
                "tax": {"category": "S", "rate": "20"},
            }
            for number, item in enumerate(contract["items"], start=1)
        ],
    }


def test_contract_becomes_a_traced_order(server: str, release: dict[str, Any], at: Any) -> None:
    # Staff let the supplier and the buyer's ERP in.
    buyer = create_buyer_entity(
        actor=SETUP,
        at=at,
        name=party(release, "buyer")["name"],
        country="GB",
        base_currency="GBP",
        timezone="Europe/London",
    )
    lanes = project("CYCLE-LANES", buyer)
    supplier_name = party(release, "supplier")["name"]
    supplier = command(
        "onboard_partner", "--name", supplier_name, "--kind", "vendor",
        "--contact", party(release, "supplier")["contactPoint"]["email"],
        "--project", lanes.public_id,
    )  # fmt: skip
    rival = command(
        "onboard_partner", "--name", party(release, "tenderer")["name"], "--kind", "vendor",
        "--contact", party(release, "tenderer")["contactPoint"]["email"],
        "--project", lanes.public_id,
    )  # fmt: skip
    erp = command(
        "onboard_partner", "--name", "Barnet ERP", "--kind", "integration",
        "--contact", "erp@barnet.example", "--project", lanes.public_id,
    )  # fmt: skip

    # The ERP posts the contract's items, submits and issues the order.
    buying = signed_in(
        server,
        erp["client"],
        "purchase_orders:read purchase_orders:create purchase_orders:issue",
    )
    orders = f"{server}/api/v1/purchase-orders"
    created = buying.post(
        orders,
        json=order_from(release, project_id=lanes.public_id, vendor_id=supplier["partner"]["id"]),
        headers={"Idempotency-Key": "contract-01"},
    )
    assert created.status_code == 201, created.text
    order = created.json()
    assert order["lines"][0]["net"] == "1096000.00"
    assert order["totals"]["tax_inclusive"] == "1315200.00"
    etag = created.headers["ETag"]
    for action in ("submit", "issue"):
        moved = buying.post(
            f"{orders}/{order['id']}/{action}",
            json={"reason": ""},
            headers={"Idempotency-Key": f"contract-01-{action}", "If-Match": etag},
        )
        assert moved.status_code == 200, moved.text
        etag = moved.headers["ETag"]

    # The supplier reads and acknowledges it with its own token; its rival gets 404.
    selling = signed_in(
        server, supplier["client"], "purchase_orders:read purchase_orders:acknowledge"
    )
    seen = selling.get(f"{orders}/{order['id']}")
    assert (seen.status_code, seen.json()["number"]) == (200, order["number"])
    acknowledged = selling.post(
        f"{orders}/{order['id']}/acknowledgements",
        json={"response": "AP"},
        headers={"Idempotency-Key": "ack-1", "If-Match": seen.headers["ETag"]},
    )
    assert acknowledged.status_code == 201, acknowledged.text
    other = signed_in(server, rival["client"], "purchase_orders:read")
    assert other.get(f"{orders}/{order['id']}").status_code == 404
    assert other.get(orders).json()["data"] == []

    # The trace names client, session and scope of each revision, with a proof once sealed.
    command("seal_audit")
    trace = command("trace_order", order["number"])["list"]
    assert [entry["client_id"] for entry in trace] == [erp["client"]["client_id"]] * 3 + [
        supplier["client"]["client_id"]
    ]
    assert [entry["scopes_exercised"] for entry in trace] == [
        ["purchase_orders:create"],
        ["purchase_orders:create"],
        ["purchase_orders:issue"],
        ["purchase_orders:acknowledge"],
    ]
    assert all(entry["session"]["id"].startswith("ses_") for entry in trace)
    assert all(entry["proof"] is not None for entry in trace)

    # Staff throw the supplier out; its next call is refused, and the trail is whole.
    evidence = command("offboard_partner", supplier["partner"]["id"], "--reason", "contract ended")
    assert evidence["evidence_id"].startswith("off_")
    assert selling.get(f"{orders}/{order['id']}").status_code == 401
    assert buying.get(f"{orders}/{order['id']}").status_code == 200
    command("seal_audit")
    assert command("verify_audit")["ok"] is True

    # A byte flipped by somebody with the database's own rights is found.
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE audit_event SET subject_label = 'X' || substr(subject_label, 2)"
            " WHERE id = (SELECT event_id FROM audit_leaf WHERE sequence = 3)"
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("verify_audit", "--json", stdout=out)
    assert refused.value.returncode == 1
    found = json.loads(out.getvalue())
    assert (found["ok"], found["first_bad"]) == (False, 3)
