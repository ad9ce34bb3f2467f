"""Contacts, addresses and tax registrations: added, changed, removed, each alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import FieldError, ValidationFailedError
from apps.gateway.policy import Precondition
from apps.partners.models import (
    Part,
    Partner,
    PartnerContact,
)
from apps.partners.policy.values import part_faults
from apps.partners.selectors.parts import part_of
from apps.partners.services.companies import partner_subject
from apps.partners.services.contact_notices import tell_old_address
from apps.partners.services.former_addresses import keep_former_contact
from apps.partners.services.holding import hold_vendor, require_active, require_group, touch
from apps.partners.services.part_kinds import CONTACTS, PartKind
from apps.partners.services.rows import insert, update

P = TypeVar("P", bound=Part)
MOST = 50  # Of a kind; they travel with the partner's record.


@transaction.atomic
def add_part(
    *, actor: Actor, at: datetime, kind: PartKind[P], vendor_id: str, values: Mapping[str, Any]
) -> P:
    """Raises NotFoundError, ClaimNotPermittedError, InvalidTransitionError and
    ValidationFailedError.
    """
    partner = hold_vendor(actor=actor, at=at, vendor_id=vendor_id)
    require_group(actor, kind.group, values.keys())
    require_active(partner)
    return insert_part(actor=actor, at=at, kind=kind, partner=partner, values=values)


@transaction.atomic
def add_contact(
    *, actor: Actor, at: datetime, partner: Partner, email: str, name: str = ""
) -> PartnerContact:
    """For staff and the operator. Raises ValidationFailedError."""
    held = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    values = {"email": email.strip(), "name": name.strip()}
    return insert_part(actor=actor, at=at, kind=CONTACTS, partner=held, values=values)


def insert_part(
    *, actor: Actor, at: datetime, kind: PartKind[P], partner: Partner, values: Mapping[str, Any]
) -> P:
    """Add to a partner whose row the caller holds. Raises ValidationFailedError."""
    if kind.model._default_manager.filter(partner=partner).count() >= MOST:  # noqa: SLF001 -- Django's documented name
        fault = FieldError("", "too-many", f"A record has at most {MOST} of them.")
        raise ValidationFailedError("There are enough of them.", errors=[fault])
    part = kind.model(partner=partner, created_at=at, updated_at=at, **values)
    insert(part, faults=part_faults(part))
    _tell(kind.added, actor, at, partner, part, sorted(values))
    return part


@transaction.atomic
def change_part(
    *,
    actor: Actor,
    at: datetime,
    kind: PartKind[P],
    vendor_id: str,
    part_id: str,
    changes: Mapping[str, Any],
    precondition: Precondition,
) -> P:
    """Raises what add_part raises, and what the precondition raises."""
    partner, part = _hold(actor, at, kind, vendor_id, part_id)
    require_group(actor, kind.group, changes.keys())
    precondition.require(resource_id=part.public_id, revision=part.revision)
    require_active(partner)
    wanted = {name: value for name, value in changes.items() if getattr(part, name) != value}
    if not wanted:
        return part
    if "email" in wanted:
        _leave_address(partner, part, at)
    for name, value in wanted.items():
        setattr(part, name, value)
    part.revision += 1
    part.updated_at = at
    written = {**wanted, "revision": part.revision, "updated_at": at}
    update(part, changed=written, faults=part_faults(part))
    _tell(kind.changed, actor, at, partner, part, sorted(wanted))
    return part


@transaction.atomic
def remove_part(
    *,
    actor: Actor,
    at: datetime,
    kind: PartKind[P],
    vendor_id: str,
    part_id: str,
    precondition: Precondition,
) -> None:
    """Raises NotFoundError, ClaimNotPermittedError, InvalidTransitionError, and what the
    precondition raises.
    """
    partner, part = _hold(actor, at, kind, vendor_id, part_id)
    require_group(actor, kind.group)
    precondition.require(resource_id=part.public_id, revision=part.revision)
    require_active(partner)
    _leave_address(partner, part, at)
    _tell(kind.removed, actor, at, partner, part, [])
    part.delete()


def _leave_address(partner: Partner, part: Part, at: datetime) -> None:
    """What a contact's address is told when it ceases to be, and for a while afterwards."""
    email = getattr(part, "email", "")
    keep_former_contact(partner, part, email=email, at=at)
    tell_old_address(partner, part, email=email)


def _hold(
    actor: Actor, at: datetime, kind: PartKind[P], vendor_id: str, part_id: str
) -> tuple[Partner, P]:
    partner = hold_vendor(actor=actor, at=at, vendor_id=vendor_id)
    return partner, part_of(partner, kind.model, part_id)


def _tell(
    action: Action, actor: Actor, at: datetime, partner: Partner, part: Part, fields: list[str]
) -> None:
    """Which fields, never what stands in them: the trail stays, people's data may have to go."""
    touch(partner, at=at)
    record(
        action=action,
        actor=actor,
        at=at,
        subject=partner_subject(partner),
        data={
            "part": part.public_id,
            "fields": fields,
        },
    )
