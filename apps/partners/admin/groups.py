"""The groups of a partner's record on its page, as far as the staff member's buyer role sees them
(spec 4 no. 1). The profile is for everybody who may open the page.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.http import HttpRequest

from apps.identity.admin.acts import actor_of, clock
from apps.identity.admin.cells import EMPTY, stack, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.partners.models import Part, Partner
from apps.partners.policy import Claims
from apps.partners.services.claims import role_claims_of
from apps.partners.services.reads import record_restricted_read
from apps.partners.states import ClaimGroup

CHANGE_FIELDS = {"holder", "number", "bic", "bank_code", "country", "currency"}
TONES = {"verified": "good", "pending": "warn", "retired": "plain"}
PART_TABLES: dict[str, tuple[str, str, dict[str, str], str]] = {
    ClaimGroup.CONTACTS: (
        "contacts",
        "Contacts",
        {"name": "Name", "title": "Title", "email": "E-mail", "phone": "Phone"},
        "No contact yet.",
    ),
    ClaimGroup.ADDRESS: (
        "addresses",
        "Addresses",
        {
            "kind": "Kind", "lines": "Street", "postcode": "Postcode", "city": "City",
            "region": "Region", "country": "Country",
        },
        "No address yet.",
    ),
    ClaimGroup.TAX: (
        "tax_registrations",
        "Tax registrations",
        {
            "scheme": "Scheme", "tax_id": "Number", "country": "Country",
            "certificate_ref": "Certificate", "valid_until": "Valid until",
        },
        "No tax registration yet.",
    ),
}  # fmt: skip


def sees(request: HttpRequest, group: str) -> bool:
    """Whether the staff member's buyer role sees the group."""
    return role_claims_of(actor_of(request)).sees(group)


def sees_changes(request: HttpRequest) -> bool:
    """Whether the role sees all that the pages of bank changes show."""
    return role_claims_of(actor_of(request)).fields(ClaimGroup.BANKING) >= CHANGE_FIELDS


def profile_facts(partner: Partner) -> Facts:
    return (
        ("Legal name", partner.legal_name or EMPTY),
        ("Trading name", partner.trading_name or EMPTY),
        ("Identifiers", stack(f"{e['scheme']}: {e['id']}" for e in partner.identifiers)),
        ("Website", partner.website or EMPTY),
        ("Description", partner.description or EMPTY),
        ("Currency", partner.default_currency or EMPTY),
        ("Payment terms", partner.payment_terms or EMPTY),
        ("Categories", ", ".join(partner.categories) or EMPTY),
    )


def internal_facts(request: HttpRequest, partner: Partner) -> Facts:
    """Nothing for a role that does not see the group."""
    fields = role_claims_of(actor_of(request)).fields(ClaimGroup.INTERNAL)
    facts: dict[str, tuple[str, object]] = {
        "risk_tier": ("Risk", tag(partner.risk_tier) if partner.risk_tier else EMPTY),
        "owner": ("Looked after by", to(partner.owner)),
        "internal_note": ("Internal note", partner.internal_note or EMPTY),
    }
    return tuple(fact for name, fact in facts.items() if name in fields)


def group_tables(request: HttpRequest, partner: Partner) -> Sequence[Table]:
    """Showing what is restricted is an event, as it is over the API."""
    actor, at = actor_of(request), clock()
    claims = role_claims_of(actor)
    record_restricted_read(actor=actor, at=at, groups=claims.shown, partners=[partner])
    tables = [_parts(partner, group, claims) for group in PART_TABLES if claims.sees(group)]
    if claims.sees(ClaimGroup.BANKING):
        tables.append(_accounts(partner, claims.fields(ClaimGroup.BANKING), at))
    if sees_changes(request):
        tables.append(_changes(partner, at))
    return tables


def _parts(partner: Partner, group: str, claims: Claims) -> Table:
    relation, title, columns, empty = PART_TABLES[group]
    names = [name for name in columns if name in claims.fields(group)]
    rows = [[_cell(part, name) for name in names] for part in getattr(partner, relation).all()]
    return Table(title, [columns[name] for name in names], rows, empty)


def _cell(part: Part, name: str) -> object:
    value = getattr(part, name)
    if isinstance(value, list):
        return ", ".join(value)
    return value or EMPTY


def _accounts(partner: Partner, fields: frozenset[str], at: datetime) -> Table:
    """Masked; staff never see a whole number."""
    columns: dict[str, tuple[str, Callable[..., object]]] = {
        "holder": ("Holder", lambda one: one.holder),
        "number": ("Number", lambda one: one.masked),
        "country": ("Country", lambda one: one.country),
        "currency": ("Currency", lambda one: one.currency),
        "status": ("Status", lambda one: _status(str(one.status_at(at)))),
        "effective_from": ("From", lambda one: when(one.effective_from)),
        "retired_from": ("Until", lambda one: when(one.retired_from)),
    }
    shown = [column for name, column in columns.items() if name in fields]
    rows = [[write(one) for _, write in shown] for one in partner.bank_accounts.all()]
    empty = "No bank account yet: propose one, and somebody else verifies it."
    return Table("Bank accounts", [title for title, _ in shown], rows, empty)


def _changes(partner: Partner, at: datetime) -> Table:
    changes = partner.bank_changes.select_related("account")[:10]
    rows = [(to(one), _status(one.state_at(at)), when(one.proposed_at)) for one in changes]
    return Table("Changes of bank accounts", ("Change", "State", "Proposed"), rows, "None yet.")


def _status(text: str) -> object:
    return tag(text, TONES.get(text))
