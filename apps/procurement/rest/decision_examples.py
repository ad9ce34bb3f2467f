"""A question and its answer, for the API's description."""

from typing import Any

ASKED: dict[str, Any] = {
    "project": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "vendor": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "currency": "EUR",
    "amount": "4900.00",
    "categories": ["43211503"],
}
ANSWERED: dict[str, Any] = {
    "decision": "denied",
    "code": "spend-limit-exceeded",
    "policy_version": 14,
    "reasons": [
        {
            "code": "spend-limit-exceeded",
            "denies": True,
            "detail": "IT equipment allows EUR 10,000.00 within 30 days; EUR 590.00 remain, "
            "EUR 4,900.00 are asked for.",
            "source": {
                "kind": "policy",
                "id": "pol_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
                "name": "IT equipment",
                "version": 14,
            },
            "limit": {"kind": "per_period", "amount": "10000.00", "currency": "EUR", "days": 30},
            "requested": "4900.00",
            "remaining": "590.00",
        }
    ],
    "approvals": [],
    "left_open": ["ship_to", "contract_ref"],
    "asked": {**ASKED, "ship_to": None, "contract_ref": None},
}
