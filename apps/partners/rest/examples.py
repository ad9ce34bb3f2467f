"""Examples for the API's description; the tests post them."""

from typing import Any

PATH = "/api/v1/vendors/ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3"
ADDRESS: dict[str, Any] = {
    "kind": "registered",
    "lines": ["Storgata 1"],
    "city": "Oslo",
    "region": "",
    "postcode": "0155",
    "country": "NO",
}
CONTACT: dict[str, Any] = {
    "name": "Ann Olsen",
    "title": "Sales",
    "email": "ann@acme.example",
    "phone": "+47 22 00 00 00",
}
TAX: dict[str, Any] = {
    "scheme": "VAT",
    "tax_id": "DE136695976",
    "country": "DE",
    "certificate_ref": "",
    "valid_until": None,
}
CHANGE: dict[str, Any] = {
    "kind": "add",
    "holder": "Acme AS",
    "iban": "DE89370400440532013000",
    "bic": "COBADEFFXXX",
    "currency": "EUR",
    "reason": "We have changed banks.",
}
VENDOR: dict[str, Any] = {
    "id": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "kind": "vendor",
    "status": "active",
    "revision": 4,
    "name": "Acme",
    "legal_name": "Acme AS",
    "trading_name": "",
    "identifiers": [{"scheme": "0192", "id": "991825827"}],
    "default_currency": "EUR",
    "payment_terms": "30 days net",
    "categories": ["14111507"],
    "website": "https://acme.example",
    "description": "",
    "addresses": [{"id": "adr_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "revision": 1, **ADDRESS}],
    "_redacted": ["contacts", "tax", "banking", "internal"],
    "created_at": "2026-11-20T09:00:00Z",
    "updated_at": "2026-11-20T09:00:00Z",
    "links": {"self": PATH, "addresses": f"{PATH}/addresses"},
}
PROFILE: dict[str, Any] = {"trading_name": "Acme Paper", "website": "https://acme.example"}
WITHDRAWN: dict[str, Any] = {"reason": "A digit was wrong."}
ACCOUNT: dict[str, Any] = {
    "id": "bnk_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "revision": 1,
    "holder": "Acme AS",
    "number_kind": "iban",
    "number": "DE89 **** 3000",
    "bic": "COBADEFFXXX",
    "bank_code": "",
    "country": "DE",
    "currency": "EUR",
    "status": "verified",
    "verified_at": "2026-11-18T09:00:00Z",
    "effective_from": "2026-11-20T09:00:00Z",
    "retired_from": None,
}
PROPOSED: dict[str, Any] = {
    "id": "bch_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "revision": 1,
    "kind": "add",
    "status": "proposed",
    "account": None,
    "new_account": None,
    "holder": "Acme AS",
    "number_kind": "iban",
    "number": "DE89 **** 3000",
    "bic": "COBADEFFXXX",
    "bank_code": "",
    "country": "DE",
    "currency": "EUR",
    "reason": "We have changed banks.",
    "proposed_at": "2026-11-18T08:00:00Z",
    "verified_at": None,
    "effective_from": None,
    "stopped_at": None,
    "stop_reason": "",
}
