"""Examples of invoices and credit notes for the API's description; the tests post them."""

from typing import Any

PATH = "/api/v1/invoices/inv_01J8Z3K4M5N6P7Q8R9S0T1V2W3"
ORDER_ID = "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3"
TAX = {"category": "S", "rate": "25"}
INVOICE: dict[str, Any] = {
    "purchase_order": ORDER_ID,
    "vendor_number": "INV-1",
    "type": "380",
    "issue_date": "2026-01-05",
    "due_date": "2026-02-04",
    "note": "",
    "allowances": [],
    "charges": [],
    "lines": [{"line_no": 1, "quantity": "20", "unit_price": "4.2500", "net": "85.00", "tax": TAX}],
    "totals": {"tax_inclusive": "106.25"},
}
EXCEPTION: dict[str, Any] = {
    "id": "mex_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "invoice": "inv_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "line_no": 1,
    "kind": "quantity",
    "part": "line",
    "expected": "12",
    "actual": "20",
    "allowed": "",
    "revision": 1,
    "resolution": None,
    "created_at": "2026-01-05T09:00:00Z",
    "updated_at": "2026-01-05T09:00:00Z",
    "resolved_at": None,
    "note": "",
}
SUBMITTED: dict[str, Any] = {
    **{name: value for name, value in INVOICE.items() if name != "totals"},
    "id": "inv_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "number": "INV-2026-000123",
    "status": "exception",
    "revision": 2,
    "project": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "vendor": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "currency": "EUR",
    "bank_account": None,
    "lines": [
        {
            **INVOICE["lines"][0],
            "price_base_quantity": "1",
            "allowances": [],
            "charges": [],
            "quantity_credited": "0",
            "amount_credited": "0.00",
        }
    ],
    "totals": {
        "lines_net": "85.00",
        "allowances": "0.00",
        "charges": "0.00",
        "tax_exclusive": "85.00",
        "tax": "21.25",
        "tax_inclusive": "106.25",
        "by_tax": [{**TAX, "taxable": "85.00", "tax": "21.25"}],
    },
    "credited": "0.00",
    "payable": "106.25",
    "refundable": "0.00",
    "exceptions": [
        {name: EXCEPTION[name] for name in ("id", "line_no", "kind", "part", "expected", "actual")}
        | {"resolution": None}
    ],
    "rejection_reason": "",
    "payment_reference": "",
    "paid_to": None,
    "created_at": "2026-01-05T09:00:00Z",
    "updated_at": "2026-01-05T09:00:00Z",
    "approved_at": None,
    "rejected_at": None,
    "paid_at": None,
    "links": {
        "self": PATH,
        "purchase_order": f"/api/v1/purchase-orders/{ORDER_ID}",
        "exceptions": f"{PATH}/exceptions",
        "credit-notes": f"{PATH}/credit-notes",
    },
}
CREDIT: dict[str, Any] = {
    "vendor_number": "CN-1",
    "issue_date": "2026-01-08",
    "reason": "Eight pieces came back",
    "lines": [{"line_no": 1, "quantity": "8", "net": "34.00"}],
    "totals": {"tax_inclusive": "42.50"},
}
CREDITED: dict[str, Any] = {
    **CREDIT,
    "id": "crn_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "number": "CRN-2026-000007",
    "type": "381",
    "invoice": "inv_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "invoice_revision": 3,
    "currency": "EUR",
    "whole": False,
    "totals": {
        "lines_net": "34.00",
        "tax_exclusive": "34.00",
        "tax": "8.50",
        "tax_inclusive": "42.50",
        "by_tax": [{**TAX, "taxable": "34.00", "tax": "8.50"}],
    },
    "refundable": "0.00",
    "created_at": "2026-01-08T09:00:00Z",
    "links": {
        "self": f"{PATH}/credit-notes/crn_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "invoice": PATH,
    },
}
SETTLED: dict[str, Any] = {"resolution": "accepted", "note": "Freight was agreed by phone."}
