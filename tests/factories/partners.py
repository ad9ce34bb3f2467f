"""A vendor's record, filled in by the services that fill in real ones, and staff who decide."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from stdnum.iban import calc_check_digits

from apps.core.actor import Actor, ActorKind
from apps.core.ids import new_id
from apps.identity.models import User
from apps.partners.models import (
    BankAccountChange,
    Partner,
    PartnerAddress,
    PartnerBankAccount,
    PartnerContact,
    PartnerTaxRegistration,
    Role,
)
from apps.partners.policy.banking import NewDetails
from apps.partners.services.bank_changes import propose_bank_change, withdraw_bank_change
from apps.partners.services.bank_checks import verify_bank_change
from apps.partners.services.part_kinds import ADDRESSES, CONTACTS, TAX_REGISTRATIONS, PartKind
from apps.partners.services.parts import insert_part
from apps.projects.models import Project
from tests.factories.gateway import ANY_REVISION, Caller
from tests.factories.jose import client_key, use_keys
from tests.factories.oauth import bound_token, machine
from tests.factories.world import SETUP, World, person

IBAN = "DE89370400440532013000"
OTHER_IBAN = "FR1420041010050500013M02606"
ADDRESS = {"kind": "registered", "lines": ["Storgata 1"], "city": "Oslo", "country": "NO"}
CONTACT = {"name": "Ann", "title": "Sales", "email": "ann@acme.example", "phone": "+47 22 00 00 00"}
TAX = {"scheme": "VAT", "tax_id": "DE136695976", "country": "DE"}
NOTE = "Called Ann on the number in the contract of 2024."


def now() -> datetime:
    return datetime.now(tz=UTC)


def machine_caller(vendor: Partner, role: Role, *scopes: str, **more: Any) -> Caller:
    """A machine with a token bound to its key: what the restricted tier asks for."""
    new, key = machine(partner=vendor, scopes=scopes, role=role, **more), client_key()
    return Caller(bound_token(use_keys(new.client, key), key), key)


def buyer_machine(
    world: World, role: Role, *scopes: str, projects: Sequence[Project] = ()
) -> Caller:
    """A program of the buyer's own, in the project Office unless others are given."""
    within = projects or [world.office]
    new, key = machine(scopes=scopes, role=role, projects=within), client_key()
    return Caller(bound_token(use_keys(new.client, key), key), key)


def vendor_actor(vendor: Partner, role: str = Role.ADMIN, *scopes: str) -> Actor:
    """Somebody of the vendor's, as a token would establish them."""
    return Actor(
        kind=ActorKind.CLIENT,
        id="machine",
        label="Machine",
        session_id=new_id(),
        client_id="machine",
        partner_id=vendor.pk,
        partner_kind=vendor.kind,
        role=role,
        scopes=frozenset(scopes),
    )


def staff_actor(email: str = "first@buyer.example", role: str = Role.APPROVER_ADMIN) -> Actor:
    user = User.objects.filter(email=email).first() or person(email, is_staff=True)
    return Actor(kind=ActorKind.STAFF, id=user.public_id, label=email, user_id=user.pk, role=role)


def address(vendor: Partner, **changes: Any) -> PartnerAddress:
    return part(ADDRESSES, vendor, {**ADDRESS, **changes})


def contact(vendor: Partner, **changes: Any) -> PartnerContact:
    return part(CONTACTS, vendor, {**CONTACT, **changes})


def tax_registration(vendor: Partner, **changes: Any) -> PartnerTaxRegistration:
    return part(TAX_REGISTRATIONS, vendor, {**TAX, **changes})


def part(kind: PartKind[Any], vendor: Partner, values: dict[str, Any]) -> Any:
    return insert_part(actor=SETUP, at=now(), kind=kind, partner=vendor, values=values)


def details(**changes: str) -> NewDetails:
    return NewDetails(**{"holder": "Acme AS", "iban": IBAN, "currency": "EUR", **changes})


def iban_of(number: int) -> str:
    """A valid one of its own for each number."""
    account_number = f"37040044{number:010d}"
    return f"DE{calc_check_digits(f'DE00{account_number}')}{account_number}"


def unused(vendor: Partner) -> NewDetails:
    """Of an account that the vendor did not propose yet; the first is IBAN."""
    number = vendor.bank_changes.count()
    return details(iban=iban_of(number)) if number else details()


def proposed(vendor: Partner, *, at: datetime | None = None, **changes: Any) -> BankAccountChange:
    """By the vendor's own admin, as a new account unless told."""
    asked: dict[str, Any] = {"kind": "add", "reason": "We changed banks."}
    asked["details"] = unused(vendor) if "details" not in changes else changes["details"]
    return propose_bank_change(
        actor=changes.pop("actor", None) or vendor_actor(vendor),
        at=at or now(),
        vendor_id=vendor.public_id,
        **{**asked, **changes},
    )


def verified(vendor: Partner, *, at: datetime | None = None, **changes: Any) -> BankAccountChange:
    return checked(proposed(vendor, at=at, **changes), at=at)


def checked(
    change: BankAccountChange, *, at: datetime | None = None, actor: Actor | None = None
) -> BankAccountChange:
    """Verified by a member of staff to whom the vendor read the right number."""
    return verify_bank_change(
        actor=actor or staff_actor(),
        at=at or now(),
        change=change,
        check_note=NOTE,
        number=change.number,
    )


def account(vendor: Partner, *, at: datetime | None = None, **changes: Any) -> PartnerBankAccount:
    """An account that was verified at ``at``."""
    made = verified(vendor, at=at, **changes).made
    assert made is not None
    return made


def withdrawn(vendor: Partner, change: BankAccountChange, **changes: Any) -> BankAccountChange:
    return withdraw_bank_change(
        actor=vendor_actor(vendor),
        at=changes.get("at") or now(),
        vendor_id=vendor.public_id,
        change_id=change.public_id,
        precondition=ANY_REVISION,
    )


def filled(vendor: Partner) -> Partner:
    """Something in every group, each with a text of its own to look for."""
    Partner.objects.filter(pk=vendor.pk).update(
        legal_name="Acme Aksjeselskap",
        trading_name="Acme Trading",
        payment_terms="30 days net",
        risk_tier="medium",
        internal_note="Watch them closely",
    )
    address(vendor)
    contact(vendor)
    tax_registration(vendor)
    account(vendor, at=datetime(2026, 1, 1, tzinfo=UTC))
    vendor.refresh_from_db()
    return vendor
