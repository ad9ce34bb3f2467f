"""The cross-partner matrix: for every address of the API and every method it has, what a vendor
gets who names what is another vendor's.
"""

from django.urls import URLPattern

from apps.oauth.scopes import CATALOGUE, OFFLINE_ACCESS, ROLE_SCOPES
from apps.partners.models import Role
from config.api import urlpatterns

Answer = tuple[int, str]
NOT_FOUND: Answer = (404, "not-found")
NOT_YOURS: Answer = (403, "insufficient-scope")
# All that a machine of a vendor may hold: what the strongest of its roles does.
VENDOR_SCOPES = [
    name
    for name in sorted(ROLE_SCOPES[Role.ADMIN])
    if not CATALOGUE[name].people_only and name != OFFLINE_ACCESS
]
VENDOR = "vendors/<str:vendor_id>"
RECORDS: dict[tuple[str, str], Answer] = {
    ("GET", VENDOR): NOT_FOUND,
    ("PATCH", VENDOR): NOT_FOUND,
    **{
        (method, f"{VENDOR}/{place}"): NOT_FOUND
        for place in ("contacts", "addresses", "tax-registrations")
        for method in ("GET", "POST")
    },
    **{
        (method, f"{VENDOR}/{place}/<str:part_id>"): NOT_FOUND
        for place in ("contacts", "addresses", "tax-registrations")
        for method in ("GET", "PATCH", "DELETE")
    },
    ("GET", f"{VENDOR}/bank-accounts"): NOT_FOUND,
    ("GET", f"{VENDOR}/bank-account-changes"): NOT_FOUND,
    ("POST", f"{VENDOR}/bank-account-changes"): NOT_FOUND,
    ("GET", f"{VENDOR}/bank-account-changes/<str:change_id>"): NOT_FOUND,
    ("POST", f"{VENDOR}/bank-account-changes/<str:change_id>/withdraw"): NOT_FOUND,
}
ORDER = "purchase-orders/<str:order_id>"
ORDER_PARTS: dict[tuple[str, str], Answer] = {
    ("PATCH", ORDER): NOT_YOURS,
    **{("POST", f"{ORDER}/{act}"): NOT_YOURS for act in ("approve", "reject", "cancel", "close")},
    ("POST", f"{ORDER}/hold"): NOT_FOUND,
    ("POST", f"{ORDER}/release"): NOT_FOUND,
    **{
        ("GET", f"{ORDER}/{place}"): NOT_FOUND
        for place in (
            "approvals",
            "lines",
            "revisions",
            "revisions/<str:revision_id>",
            "authorization",
            "changes",
            "changes/<str:change_id>",
            "acknowledgements",
            "acknowledgements/<str:acknowledgement_id>",
        )
    },
    ("POST", f"{ORDER}/changes"): NOT_FOUND,
    ("POST", f"{ORDER}/changes/<str:change_id>/approve"): NOT_YOURS,
    **{
        ("POST", f"{ORDER}/changes/<str:change_id>/{act}"): NOT_FOUND
        for act in ("accept", "refuse", "withdraw")
    },
}
GOODS: dict[tuple[str, str], Answer] = {
    ("GET", "receipts"): (200, "nothing"),
    ("POST", "receipts"): NOT_YOURS,
    ("GET", "receipts/<str:receipt_id>"): NOT_FOUND,
    ("POST", "receipts/<str:receipt_id>/reverse"): NOT_YOURS,
    ("GET", "shipments"): (200, "nothing"),
    ("POST", "shipments"): NOT_FOUND,
    ("GET", "shipments/<str:shipment_id>"): NOT_FOUND,
    ("POST", "shipments/<str:shipment_id>/withdraw"): NOT_FOUND,
}
INVOICE = "invoices/<str:invoice_id>"
BILLS: dict[tuple[str, str], Answer] = {
    ("GET", "invoices"): (200, "nothing"),
    ("POST", "invoices"): NOT_FOUND,
    ("GET", INVOICE): NOT_FOUND,
    **{
        ("POST", f"{INVOICE}/{act}"): NOT_YOURS
        for act in ("match", "approve", "reject", "pay", "exceptions/<str:exception_id>/resolve")
    },
    **{
        ("GET", f"{INVOICE}/{place}"): NOT_FOUND
        for place in (
            "exceptions",
            "exceptions/<str:exception_id>",
            "credit-notes",
            "credit-notes/<str:credit_note_id>",
        )
    },
    ("POST", f"{INVOICE}/credit-notes"): NOT_FOUND,
}
MATRIX: dict[tuple[str, str], Answer] = {
    **GOODS,
    **BILLS,
    **RECORDS,
    **ORDER_PARTS,
    ("GET", "vendors"): (200, "itself"),
    ("GET", "audit-events"): NOT_YOURS,
    ("GET", "audit-log/checkpoints"): (200, "nothing"),
    ("GET", "audit-log/checkpoints/<str:tree_size>"): NOT_FOUND,
    # Asked for nothing here; for another's event: tests/webhooks/test_log.py.
    ("GET", "audit-log/inclusion-proofs"): (400, "malformed-request"),
    ("GET", "audit-log/consistency-proofs"): (400, "malformed-request"),
    ("POST", "batches"): (200, "not-found"),
    ("GET", "codelists/categories"): (200, "nothing"),
    ("GET", "codelists/<str:name>"): NOT_FOUND,  # No name is filled in; lists hold no one's data.
    ("GET", "me"): (200, "itself"),
    ("GET", "sessions/<str:session_id>/activity"): NOT_FOUND,
    ("GET", "projects"): (200, "itself"),
    ("GET", "projects/<str:project_id>"): NOT_FOUND,
    ("GET", "projects/<str:project_id>/members"): NOT_FOUND,
    ("POST", "projects/<str:project_id>/close"): NOT_YOURS,
    ("POST", "purchasing-decisions"): NOT_YOURS,
    ("GET", "purchase-orders"): (200, "nothing"),
    ("POST", "purchase-orders"): NOT_YOURS,
    ("GET", "purchase-orders/<str:order_id>"): NOT_FOUND,
    ("POST", "purchase-orders/<str:order_id>/submit"): NOT_YOURS,
    ("POST", "purchase-orders/<str:order_id>/issue"): NOT_YOURS,
    ("POST", "purchase-orders/<str:order_id>/acknowledgements"): NOT_FOUND,
}


def rows() -> list[tuple[str, str]]:
    """Every method of every address, as the product has them."""
    return [
        (method, str(pattern.pattern))
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if method.lower() in pattern.callback.view_class.http_method_names
        and hasattr(pattern.callback.view_class, method.lower())
    ]
