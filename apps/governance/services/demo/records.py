"""The records of the demo's vendors: profile, contacts, address, tax number, and a bank account
that the demo's administrator has verified. Each is made where there is none; nobody real has the
numbers.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from stdnum.iban import calc_check_digits

from apps.core.actor import Actor, ActorKind
from apps.governance.services.demo.cast import ADMINISTRATOR, RECORDS, DemoRecord
from apps.governance.services.demo.run import Run
from apps.identity.models import User
from apps.partners.models import ChangeKind, Partner, Role
from apps.partners.policy.banking import NewDetails
from apps.partners.services.bank_changes import propose_for_partner
from apps.partners.services.bank_checks import verify_bank_change
from apps.partners.services.claims import role_claims_of
from apps.partners.services.part_kinds import ADDRESSES, CONTACTS, TAX_REGISTRATIONS, PartKind
from apps.partners.services.parts import add_part
from apps.partners.services.records import edit_partner
from apps.partners.states import ClaimGroup

NO_BANK = "00000000"  # A German bank code that is given to nobody.
NOTE = "Demo data, dated back: nobody was called."


def ensure_records(run: Run, partners: Mapping[str, Partner]) -> None:
    """Of the vendors that may act, by what the rules let a vendor's admin and our own see."""
    found = User.objects.filter(email=ADMINISTRATOR, is_active=True).first()
    for key, wanted in RECORDS.items():
        partner = partners[key]
        if partner.is_live and found is not None:
            staff = _staff(found)
            _account(run, staff, partner)
            _profile(run, staff, partner, wanted)
            _parts(run, partner, wanted)


def _staff(user: User) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=user.public_id,
        label=user.email,
        user_id=user.pk,
        role=Role.APPROVER_ADMIN,
    )


def _vendor(run: Run, partner: Partner) -> Actor:
    """The one who makes the demo, for the vendor."""
    return replace(
        run.actor, partner_id=partner.pk, partner_kind=str(partner.kind), role=Role.ADMIN
    )


def _profile(run: Run, staff: Actor, partner: Partner, wanted: DemoRecord) -> None:
    claims = role_claims_of(staff)
    if partner.legal_name or not claims.fields(ClaimGroup.PROFILE) >= wanted.profile.keys():
        return
    run.made.append(f"profile of {partner.name}")
    edit_partner(actor=staff, at=run.at, partner=partner, changes=wanted.profile)


def _parts(run: Run, partner: Partner, wanted: DemoRecord) -> None:
    tax = {**wanted.tax, "tax_id": f"0{_digits(8)}"}  # No number there begins with a zero.
    _part(run, partner, CONTACTS, wanted.contact)
    _part(run, partner, ADDRESSES, wanted.address)
    _part(run, partner, TAX_REGISTRATIONS, tax)


def _part(run: Run, partner: Partner, kind: PartKind[Any], values: Mapping[str, Any]) -> None:
    """A contact beside the one that every partner of the demo has."""
    vendor = _vendor(run, partner)
    usual = 1 if kind is CONTACTS else 0
    there = kind.model._default_manager.filter(partner=partner).count() > usual  # noqa: SLF001 -- Django's documented name
    if there or not role_claims_of(vendor).fields(kind.group) >= values.keys():
        return
    run.made.append(f"{kind.model._meta.verbose_name} of {partner.name}")  # noqa: SLF001 -- as above
    add_part(actor=vendor, at=run.at, kind=kind, vendor_id=partner.public_id, values=values)


def _account(run: Run, staff: Actor, partner: Partner) -> None:
    """Dated back by the time in which it cools off, so that the demo can pay to it at once; the
    reason and the note, which stay with it, say so.
    """
    vendor, earlier = _vendor(run, partner), run.at - settings.BANK_CHANGE_COOLING_OFF
    details = NewDetails(holder=partner.name, iban=_iban(), currency="EUR")
    unseen = details.given - role_claims_of(vendor).fields(ClaimGroup.BANKING)
    if partner.bank_changes.exists() or unseen:
        return
    run.made.append(f"bank account of {partner.name}")
    change = propose_for_partner(
        actor=vendor,
        at=earlier,
        partner=partner,
        kind=ChangeKind.ADD,
        reason="Demo data, dated back",
        details=details,
    )
    if role_claims_of(staff).sees(ClaimGroup.BANKING):
        verify_bank_change(
            actor=staff, at=earlier, change=change, check_note=NOTE, number=details.number
        )


def _iban() -> str:
    inland = NO_BANK + _digits(10)
    return f"DE{calc_check_digits(f'DE00{inland}')}{inland}"


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
