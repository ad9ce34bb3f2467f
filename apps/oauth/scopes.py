"""The scope catalogue as data (spec 4 no. 1, reference 3a), and what each role may hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.partners.models import Role


class Tier(StrEnum):
    """How sensitive what a scope shows or allows is."""

    NORMAL = "normal"
    SENSITIVE = "sensitive"
    RESTRICTED = "restricted"


@dataclass(frozen=True)
class Scope:
    """One scope: what a person reads about it, and who may hold it at all."""

    name: str
    title: str
    tier: Tier
    buyer_only: bool = False
    people_only: bool = False


N, S, R = Tier.NORMAL, Tier.SENSITIVE, Tier.RESTRICTED
_SCOPES = (
    Scope("vendors:read", "See company profiles", N),
    Scope("vendors:write", "Change company profiles", N),
    Scope("vendors.contacts:read", "See contact persons", S),
    Scope("vendors.contacts:write", "Change contact persons", S),
    Scope("vendors.address:read", "See addresses", S),
    Scope("vendors.address:write", "Change addresses", S),
    Scope("vendors.tax:read", "See tax registrations", S),
    Scope("vendors.tax:write", "Change tax registrations", S),
    Scope("vendors.banking:read", "See bank accounts, masked", R),
    Scope("vendors.banking:propose", "Propose a change of bank account", R),
    Scope("vendors.banking.full:read", "See full bank account numbers", R, buyer_only=True),
    Scope("vendors.risk:read", "See risk scores and internal notes", R, buyer_only=True),
    Scope("projects:read", "See the projects you take part in", N),
    Scope("projects:close", "Close projects", S, buyer_only=True),
    Scope("rfps:read", "See requests for proposals", N),
    Scope("rfps:write", "Write requests for proposals", N, buyer_only=True),
    Scope("rfps:publish", "Publish, amend and extend requests for proposals", S, buyer_only=True),
    Scope("rfps.questions:write", "Ask or answer questions", N),
    Scope("bids:read", "See bids", S),
    Scope("bids:write", "Write bids", S),
    Scope("bids:submit", "Submit and withdraw bids", S),
    Scope("bids:open", "Open sealed bids", R, buyer_only=True),
    Scope("bids:evaluate", "Score bids", R, buyer_only=True),
    Scope("awards:read", "See awards", S),
    Scope("awards:write", "Decide awards", S, buyer_only=True),
    Scope("awards:approve", "Approve awards", R, buyer_only=True),
    Scope("purchase_orders:read", "See purchase orders", N),
    Scope("purchase_orders.cost:read", "See cost centres and budgets", S, buyer_only=True),
    Scope("purchase_orders:create", "Write and submit purchase orders", S, buyer_only=True),
    Scope(
        "purchase_orders:approve",
        "Approve or reject purchase orders",
        R,
        buyer_only=True,
        people_only=True,
    ),
    Scope("purchase_orders:issue", "Issue purchase orders to vendors", S, buyer_only=True),
    Scope("purchase_orders:cancel", "Cancel and close purchase orders", S, buyer_only=True),
    Scope("purchase_orders:hold", "Put purchase orders on hold", S),
    Scope("purchase_orders:change", "Propose and accept changes of orders", S),
    Scope("purchase_orders:acknowledge", "Acknowledge purchase orders", N),
    Scope("shipments:read", "See shipments", N),
    Scope("shipments:write", "Announce shipments", N),
    Scope("receipts:read", "See goods receipts", N),
    Scope("receipts:write", "Post goods receipts", S, buyer_only=True),
    Scope("invoices:read", "See invoices", S),
    Scope("invoices:submit", "Submit invoices", S),
    Scope("invoices:approve", "Resolve invoice exceptions", R, buyer_only=True),
    Scope("webhooks:manage", "Manage webhook endpoints", S),
    Scope("exports:create", "Export what you may read", S),
    Scope("events:read", "Follow the event feed", N),
    Scope("sessions.own:read", "See your own sessions", N),
    Scope("audit.own:read", "See your own client's trail", N),
    Scope("audit:read", "Read the whole trail", R, buyer_only=True),
    Scope("offline_access", "Stay connected while you are away", N),
    # OpenID Connect Core section 5.4; what each shows is in policy/claims.py.
    Scope("openid", "Know that it is you who signs in", N, people_only=True),
    Scope("profile", "See your name, your company and your role", N, people_only=True),
    Scope("email", "See your e-mail address", N, people_only=True),
)
CATALOGUE: dict[str, Scope] = {scope.name: scope for scope in _SCOPES}

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
IDENTITY_SCOPES = frozenset({OPENID, "profile", "email"})  # Whoever signs in may say who they are.

# All that is given in a project that winds down: to finish what is under way there.
WIND_DOWN = IDENTITY_SCOPES | {
    "purchase_orders:read", "shipments:read", "shipments:write", "receipts:read", "invoices:read",
    "invoices:submit", "invoices:approve", OFFLINE_ACCESS,
}  # fmt: skip

_SALESPERSON = frozenset(
    {
        "vendors:read", "projects:read", "rfps:read", "rfps.questions:write", "bids:read",
        "bids:write", "purchase_orders:read", "shipments:read", "events:read",
        "sessions.own:read", "offline_access",
    }
)  # fmt: skip
_MANAGER = _SALESPERSON | {
    "vendors.address:read", "vendors.contacts:read", "bids:submit", "purchase_orders:acknowledge",
    "purchase_orders:change", "shipments:write", "receipts:read", "invoices:read",
    "invoices:submit",
}  # fmt: skip
_VENDOR_ADMIN = _MANAGER | {
    "vendors:write", "vendors.contacts:write", "vendors.address:write", "vendors.tax:read",
    "vendors.tax:write", "vendors.banking:read", "vendors.banking:propose", "awards:read",
    "purchase_orders:hold", "webhooks:manage", "exports:create", "audit.own:read",
}  # fmt: skip
_VIEWER = frozenset(
    {
        "vendors:read", "vendors.address:read", "projects:read", "rfps:read", "awards:read",
        "purchase_orders:read", "shipments:read", "receipts:read", "invoices:read", "events:read",
        "sessions.own:read", "offline_access",
    }
)  # fmt: skip
_EDITOR = _VIEWER | {
    "vendors.contacts:read", "vendors.tax:read", "rfps:write", "rfps:publish",
    "rfps.questions:write", "purchase_orders:create", "purchase_orders:issue",
    "purchase_orders:change", "purchase_orders:hold", "receipts:write", "awards:write",
    "exports:create",
}  # fmt: skip
_APPROVER_ADMIN = _EDITOR | {
    "projects:close", "purchase_orders:approve", "purchase_orders:cancel",
    "purchase_orders.cost:read", "invoices:approve", "bids:read", "bids:open", "bids:evaluate",
    "awards:approve", "audit:read", "audit.own:read", "vendors.banking:read", "vendors.risk:read",
    "webhooks:manage",
}  # fmt: skip
_INTEGRATION = frozenset(
    {
        "purchase_orders:read", "purchase_orders:create", "purchase_orders:issue",
        "receipts:read", "receipts:write", "invoices:read", "projects:read", "webhooks:manage",
        "events:read", "sessions.own:read", "offline_access",
    }
)  # fmt: skip

_OF_ROLE = {
    Role.SALESPERSON: _SALESPERSON,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _VENDOR_ADMIN,
    Role.VIEWER: _VIEWER,
    Role.EDITOR: _EDITOR,
    Role.APPROVER_ADMIN: _APPROVER_ADMIN,
    Role.INTEGRATION: _INTEGRATION,
}
ROLE_SCOPES: dict[str, frozenset[str]] = {
    role: frozenset(names) | IDENTITY_SCOPES for role, names in _OF_ROLE.items()
}

# Spec 4 no. 1: staff roles map to the buyer's roles; the others have none.
BUYER_ROLE_OF_GROUP = {
    "administrator": Role.APPROVER_ADMIN,
    "procurement_manager": Role.EDITOR,
    "viewer": Role.VIEWER,
}


def buyer_role(groups: list[str]) -> str:
    """The strongest buyer role of a staff member, or none."""
    return next((role for name, role in BUYER_ROLE_OF_GROUP.items() if name in groups), "")


def only_winds_down(names: Iterable[str]) -> bool:
    """Whether these scopes ask for no more than to finish what is under way."""
    return WIND_DOWN.issuperset(names)


def split_scope(text: str | None) -> list[str]:
    """The names in a `scope` value, in order, each once (RFC 6749 section 3.3)."""
    return list(dict.fromkeys((text or "").split()))


def restricted(names: Iterable[str]) -> list[str]:
    """Those of these scopes that are of the restricted tier."""
    return [name for name in names if name in CATALOGUE and CATALOGUE[name].tier == Tier.RESTRICTED]
