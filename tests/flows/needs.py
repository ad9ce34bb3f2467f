"""Which scope each address needs by the specification (reference 3a with spec 4 no. 1): read from
there, not from the views. An empty one: any credential will do.
"""

from tests.flows.matrix import INVOICE, ORDER, VENDOR

PURCHASE_ORDERS = {
    "submit": "create",
    "reject": "approve",
    "issue": "issue",
    "cancel": "cancel",
    "close": "cancel",
    "hold": "hold",
    "release": "hold",
    "changes": "change",
    "acknowledgements": "acknowledge",
}
RECORDS = {
    "contacts": "contacts",
    "addresses": "address",
    "tax-registrations": "tax",
    "bank-accounts": "banking",
    "bank-account-changes": "banking",
}
PLAIN = {
    "audit-events": "audit:read",
    "batches": "purchase_orders:acknowledge",
    "purchasing-decisions": "purchase_orders:create",
    "sessions/<str:session_id>/activity": "sessions.own:read",  # Of one's own.
}
PUBLIC = ("audit-log", "codelists", "me")


def needed(method: str, route: str) -> str:
    """For a batch of acknowledgements, where the route is `batches`."""
    if route.startswith(PUBLIC):
        return ""
    if route in PLAIN:
        return PLAIN[route]
    family = route.partition("/")[0]
    return {
        "invoices": _of_invoices,
        "purchase-orders": _of_orders,
        "projects": lambda method, _route: f"projects:{'read' if method == 'GET' else 'close'}",
        "receipts": _of_goods,
        "shipments": _of_goods,
        "vendors": _of_records,
    }[family](method, route)


def _of_orders(method: str, route: str) -> str:
    if method == "GET":
        return "purchase_orders:read"
    if method == "PATCH" or route == "purchase-orders":
        return "purchase_orders:create"
    if route.endswith(
        "/approve"
    ):  # Of an order, or of a change that goes beyond what was approved.
        return "purchase_orders:approve"
    act = route.removeprefix(f"{ORDER}/").partition("/")[0]
    return f"purchase_orders:{PURCHASE_ORDERS[act]}"


def _of_goods(method: str, route: str) -> str:
    return f"{route.partition('/')[0]}:{'read' if method == 'GET' else 'write'}"


def _of_invoices(method: str, route: str) -> str:
    if method == "GET":
        return "invoices:read"
    submits = route in {"invoices", f"{INVOICE}/credit-notes"}
    return "invoices:submit" if submits else "invoices:approve"


def _of_records(method: str, route: str) -> str:
    place = route.removeprefix(VENDOR).strip("/").partition("/")[0]
    word = "read" if method == "GET" else "write"
    if route in {"vendors", VENDOR}:
        return f"vendors:{word}"
    group = RECORDS[place]
    if group == "banking" and method != "GET":
        word = "propose"
    return f"vendors.{group}:{word}"
