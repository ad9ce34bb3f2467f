"""Examples for the API's description; the tests post them."""

from typing import Any

ORDER: dict[str, Any] = {
    "project": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "vendor": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "currency": "EUR",
    "reference": "4711",
    "requested_delivery": "2026-12-01",
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
ACKNOWLEDGEMENT: dict[str, Any] = {
    "response": "AP",
    "lines": [
        {
            "line_no": 1,
            "code": "5",
            "promised_quantity": "120",
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
    "created_at": "2026-11-20T09:00:00Z",
    "updated_at": "2026-11-20T09:00:00Z",
    "issued_at": None,
    "links": {
        "self": "/api/v1/purchase-orders/po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "submit": "/api/v1/purchase-orders/po_01J8Z3K4M5N6P7Q8R9S0T1V2W3/submit",
    },
}
