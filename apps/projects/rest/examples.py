"""Examples of projects for the API's description."""

from typing import Any

PROJECT: dict[str, Any] = {
    "id": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "number": "OFFICE-2026",
    "title": "Office supplies 2026",
    "status": "open",
    "revision": 3,
    "buyer_entity": {
        "id": "ent_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "name": "Nordwind AB",
        "tax_id": "SE556012345601",
    },
    "starts_on": "2026-01-01",
    "ends_on": "2026-12-31",
    "access_until": "2026-12-31T23:00:00Z",
    "owner": {"id": "usr_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "name": "Ann Berg"},
    "budget": {"amount": "100000.00", "currency": "EUR"},
    "categories": ["14", "44"],
    "created_at": "2025-12-01T09:00:00Z",
    "updated_at": "2026-03-02T10:15:00Z",
    "links": {
        "self": "/api/v1/projects/prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "members": "/api/v1/projects/prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3/members",
    },
}
MEMBER: dict[str, Any] = {
    "id": "mem_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "project": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "partner": {"id": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "name": "Acme"},
    "person": None,
    "role": "",
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_until": None,
    "links": {"project": "/api/v1/projects/prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3"},
}
