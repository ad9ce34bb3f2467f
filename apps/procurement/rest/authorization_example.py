"""A receipt as a vendor sees it, for the description."""

from typing import Any

from apps.procurement.rest.examples import PATH

PROOF: dict[str, Any] = {
    "leaf_index": 41,
    "tree_size": 43,
    "leaf_hash": "5d53469f20fef4f8eab52b88044ede69c77a6a68a60728609fc4a65ff531e7d0",
    "path": [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    ],
    "checkpoint": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJ0cmVlX3NpemUiOjQzfQ.c2lnbmF0dXJl",
}
PUBLIC: dict[str, Any] = {
    "id": "evt_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "at": "2026-11-20T09:00:00.000000Z",
    "action": "purchase_order.issued",
    "outcome": "allowed",
    "actor": {"kind": "client"},
    "session": "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "client_id": "clt_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "partner": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "subject": {
        "kind": "purchase_order",
        "id": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "label": "PO-2026-000123",
    },
    "request_id": "issue-0001",
    "data": {
        "order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "number": "PO-2026-000123",
        "revision": 3,
        "act": "issue",
        "status": "issued",
        "content_sha256": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "scopes_exercised": ["purchase_orders:issue"],
    },
    "private_hash": "b413f47d13ee2fe6c845b2ee141af81de858df4ec549a58b7970bb96645bc8d2",
}
AUTHORIZED: dict[str, Any] = {
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "number": "PO-2026-000123",
    "revisions": [
        {
            "id": "rev_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
            "revision": 3,
            "act": "issue",
            "status": "issued",
            "at": "2026-11-20T09:00:00Z",
            "effective_at": None,
            "content_sha256": PUBLIC["data"]["content_sha256"],
            "context": {
                "session": PUBLIC["session"],
                "client_id": PUBLIC["client_id"],
                "scopes_exercised": ["purchase_orders:issue"],
                "request_id": "issue-0001",
                "_redacted": ["subject", "role", "ip"],
            },
            "event": {"public": PUBLIC, "_redacted": ["private"]},
            "proof": PROOF,
        }
    ],
    "has_more": False,
    "links": {
        "self": f"{PATH}/authorization",
        "purchase_order": PATH,
        "keys": "https://countersign.example/.well-known/countersign-keys",
    },
}
