"""Who and what the demo consists of, as data. Nothing here is secret."""

from dataclasses import dataclass
from typing import Any

from apps.identity.models import StaffRole
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.bundles import default_scopes
from apps.partners.models import PartnerKind, Role

BUYER: dict[str, Any] = {
    "name": "Nordwind Demo AS",
    "country": "NO",
    "base_currency": "EUR",
    "timezone": "Europe/Oslo",
}
PROJECTS = {"office": ("DEMO-OFFICE", "Office supplies"), "fleet": ("DEMO-FLEET", "Car fleet")}
STAFF = {f"{role.replace('_', '.')}@buyer.example": role for role in StaffRole}
ADMINISTRATOR = f"{StaffRole.ADMINISTRATOR}@buyer.example"
MACHINE = (GrantType.CLIENT_CREDENTIALS,)
FOR_PEOPLE = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
FOR_DEVICES = (GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN)


@dataclass(frozen=True)
class DemoPartner:
    """A company of the demo; it is a member of every demo project."""

    name: str
    kind: PartnerKind
    contact: str


@dataclass(frozen=True)
class DemoRecord:
    """What is on record about a vendor of the demo; its numbers are made up when it is made."""

    profile: dict[str, Any]
    contact: dict[str, str]
    address: dict[str, Any]
    tax: dict[str, str]


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who acts for a demo partner."""

    partner: str
    role: Role


@dataclass(frozen=True)
class DemoClient:
    """A client of the demo; the buyer's own acts in every demo project."""

    name: str
    role: Role
    grants: tuple[GrantType, ...]
    scopes: tuple[str, ...]
    partner: str | None = None
    auth: AuthMethod = AuthMethod.SECRET_BASIC
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    dpop_bound: bool = False
    is_resource_server: bool = False


PARTNERS = {
    "acme": DemoPartner("Acme Office (demo)", PartnerKind.VENDOR, "orders@acme.example"),
    "globex": DemoPartner("Globex Motors (demo)", PartnerKind.VENDOR, "orders@globex.example"),
    "erp": DemoPartner("Nordwind ERP (demo)", PartnerKind.INTEGRATION, "it@erp.example"),
}
RECORDS = {
    "acme": DemoRecord(
        profile={
            "legal_name": "Acme Kontorrekvisita AS",
            "trading_name": "Acme Office",
            "default_currency": "EUR",
            "payment_terms": "30 days net",
            "website": "https://acme.example",
            "description": "Paper, pens and chairs",
        },
        contact={
            "name": "Berit Solheim",
            "title": "Accounts",
            "email": "accounts@acme.example",
            "phone": "+47 00 00 00 11",
        },
        address={
            "kind": "registered",
            "lines": ["Lagerveien 14"],
            "city": "Lillestrøm",
            "postcode": "2004",
            "country": "NO",
        },
        tax={"scheme": "VAT", "country": "NO"},
    ),
    "globex": DemoRecord(
        profile={
            "legal_name": "Globex Motors Ltd",
            "trading_name": "Globex",
            "default_currency": "EUR",
            "payment_terms": "14 days net",
            "website": "https://globex.example",
            "description": "Cars and their upkeep",
        },
        contact={
            "name": "Priya Nair",
            "title": "Accounts",
            "email": "accounts@globex.example",
            "phone": "+44 000 000 0012",
        },
        address={
            "kind": "registered",
            "lines": ["Unit 6", "Foundry Lane"],
            "city": "Coventry",
            "postcode": "CV1 0AA",
            "country": "GB",
        },
        tax={"scheme": "VAT", "country": "GB"},
    ),
}
PARTNER_PEOPLE = {
    "salesperson@acme.example": DemoPerson("acme", Role.SALESPERSON),
    "manager@acme.example": DemoPerson("acme", Role.MANAGER),
    "admin@acme.example": DemoPerson("acme", Role.ADMIN),
    "manager@globex.example": DemoPerson("globex", Role.MANAGER),
}


def _usual(role: Role, grants: tuple[GrantType, ...]) -> tuple[str, ...]:
    return tuple(default_scopes(role, grant_types=grants))


CLIENTS = {
    "erp_machine": DemoClient(
        "ERP (demo)",
        Role.INTEGRATION,
        MACHINE,
        _usual(Role.INTEGRATION, MACHINE),
        partner="erp",
    ),
    "acme_machine": DemoClient(
        "Acme order system (demo)",
        Role.MANAGER,
        MACHINE,
        _usual(Role.MANAGER, MACHINE),
        partner="acme",
    ),
    "globex_machine": DemoClient(
        "Globex order system (demo)",
        Role.MANAGER,
        MACHINE,
        _usual(Role.MANAGER, MACHINE),
        partner="globex",
    ),
    "acme_web": DemoClient(
        "Acme web (demo)",
        Role.MANAGER,
        FOR_PEOPLE,
        _usual(Role.MANAGER, FOR_PEOPLE),
        partner="acme",
        redirect_uris=("https://acme.example/callback",),
        post_logout_redirect_uris=(
            "https://acme.example/signed-out",
            "http://127.0.0.1:8765/signed-out",
        ),
        cors_origins=("https://acme.example", "http://127.0.0.1:8765"),
    ),
    "acme_native": DemoClient(
        "Acme app (demo)",
        Role.MANAGER,
        FOR_PEOPLE,
        _usual(Role.MANAGER, FOR_PEOPLE),
        partner="acme",
        auth=AuthMethod.NONE,
        redirect_uris=("http://127.0.0.1:8765/callback",),
    ),
    "warehouse_device": DemoClient(
        "Warehouse scanner (demo)",
        Role.EDITOR,
        FOR_DEVICES,
        (
            "purchase_orders:read",
            "shipments:read",
            "receipts:read",
            "receipts:write",
            "offline_access",
        ),
        auth=AuthMethod.NONE,
    ),
    "resource_server": DemoClient(
        "Order archive (demo)", Role.INTEGRATION, (), (), is_resource_server=True
    ),
    "auditor_machine": DemoClient(
        "Audit export (demo)",
        Role.APPROVER_ADMIN,
        MACHINE,
        ("audit:read", "purchase_orders:read"),
        auth=AuthMethod.PRIVATE_KEY_JWT,
        dpop_bound=True,
    ),
}
