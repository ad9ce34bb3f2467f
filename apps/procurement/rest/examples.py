"""Examples for the API's description; the tests post them."""

from typing import Any

PATH = "/api/v1/purchase-orders/po_01J8Z3K4M5N6P7Q8R9S0T1V2W3"
ORDER: dict[str, Any] = {
    "project": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "vendor": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "currency": "EUR",
    "reference": "4711",
    "contract_ref": "FA-2026-07",
    "requested_delivery": "2026-12-01",
    "ship_to": {
        "name": "Nordwind, gate 3",
        "lines": ["Havnegata 1"],
        "city": "Oslo",
        "postcode": "0150",
        "country": "NO",
    },
    "bill_to": None,
    "terms": "",
    "note": "",
    "allowances": [
        {"reason": "Discount", "amount": "10.00", "tax": {"category": "S", "rate": "25"}}
    ],
    "charges": [],
    "lines": [
        {
            "line_no": 1,
            "description": "Paper A4",
            "item_ids": [{"scheme": "0160", "id": "7300010000001"}],
            "category": "14111507",
            "quantity": "120",
            "uom": "EA",
            "unit_price": "4.2500",
            "price_base_quantity": "1",
            "allowances": [],
            "charges": [],
            "tax": {"category": "S", "rate": "25"},
            "need_by": "2026-12-01",
        }
    ],
}
ALLOCATED: dict[str, Any] = {
    **ORDER,
    "lines": [
        {
            **ORDER["lines"][0],
            "cost_allocations": [
                {"cost_center": "4100", "account": "6300", "share": "60.00"},
                {"cost_center": "4200", "account": "6300", "share": "40.00"},
            ],
        }
    ],
}
ACKNOWLEDGEMENT: dict[str, Any] = {
    "response": "AP",
    "lines": [
        {
            "line_no": 1,
            "code": "5",
            "promised_quantity": "120",
            "promised_price": None,
            "promised_date": "2026-12-01",
        }
    ],
}

DRAFTED: dict[str, Any] = {
    **ORDER,
    "id": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "number": "PO-2026-000123",
    "buyer_entity": "ent_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "status": "draft",
    "revision": 1,
    "lines": [{**ORDER["lines"][0], "net": "510.00"}],
    "totals": {
        "lines_net": "510.00",
        "allowances": "10.00",
        "charges": "0.00",
        "tax_exclusive": "500.00",
        "tax": "125.00",
        "tax_inclusive": "625.00",
        "by_tax": [{"category": "S", "rate": "25", "taxable": "500.00", "tax": "125.00"}],
    },
    "receipt_status": "none",
    "billing_status": "none",
    "holds": [],
    "_redacted": ["cost"],
    "created_at": "2026-11-20T09:00:00Z",
    "updated_at": "2026-11-20T09:00:00Z",
    "issued_at": None,
    "links": {
        "self": PATH,
        "submit": f"{PATH}/submit",
        "cancel": f"{PATH}/cancel",
    },
}

PROPOSED_CHANGE: dict[str, Any] = {
    "lines": [{"line_no": 1, "quantity": "100", "need_by": "2026-12-08"}],
    "note": "Only 100 are in stock",
}

# As its vendor sees it.
PROPOSED: dict[str, Any] = {
    "id": "chg_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "status": "proposed",
    "revision": 1,
    "proposed_by": "vendor",
    "diff": {"lines": [{"line_no": 1, "quantity": "100", "need_by": "2026-12-08"}]},
    "note": "Only 100 are in stock",
    "acknowledgement": None,
    "base_revision": 3,
    "resulting_revision": None,
    "decision_reason": "",
    "created_at": "2026-11-20T09:00:00Z",
    "updated_at": "2026-11-20T09:00:00Z",
    "decided_at": None,
    "links": {
        "self": f"{PATH}/changes/chg_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "purchase_order": PATH,
        "withdraw": f"{PATH}/changes/chg_01J8Z3K4M5N6P7Q8R9S0T1V2W3/withdraw",
    },
}

ANSWERED: dict[str, Any] = {
    "id": "ack_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "response": "AP",
    "reason": "",
    "lines": [
        {
            "line_no": 1,
            "code": "5",
            "promised_quantity": "120",
            "promised_price": None,
            "promised_date": "2026-12-01",
        }
    ],
    "order_status": "acknowledged",
    "order_revision": 4,
    "change": None,
    "at": "2026-11-20T10:00:00Z",
}

REVISION: dict[str, Any] = {
    "id": "rev_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "revision": 3,
    "act": "issue",
    "status": "issued",
    "at": "2026-11-20T09:00:00Z",
    "effective_at": None,
    "reason": "",
    "content_sha256": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "links": {
        "self": f"{PATH}/revisions/rev_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "purchase_order": PATH,
    },
}

LINE_STATE: dict[str, Any] = {
    **DRAFTED["lines"][0],
    "quantity_received": "60",
    "quantity_accepted": "58",
    "quantity_invoiced": "0",
    "amount_invoiced": "0.00",
    "_redacted": ["cost"],
}
