"""Changing what a partner's own row says of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.gateway.policy import Precondition
from apps.partners.models import Partner
from apps.partners.policy.records import STAFF_WRITES, group_of, record_faults, writable
from apps.partners.services.companies import partner_subject
from apps.partners.services.holding import (
    hold_vendor,
    require_active,
    require_fields,
    require_group,
)
from apps.partners.services.rows import update
from apps.partners.states import PartnerStatus


@transaction.atomic
def change_vendor(
    *,
    actor: Actor,
    at: datetime,
    vendor_id: str,
    changes: Mapping[str, Any],
    precondition: Precondition,
) -> Partner:
    """What a vendor's people, or the buyer's systems, change of its profile. Names, identifiers
    and the buyer's own assessment are for staff.

    Raises NotFoundError, ClaimNotPermittedError, InvalidTransitionError, ValidationFailedError,
    and what the precondition raises.
    """
    partner = hold_vendor(actor=actor, at=at, vendor_id=vendor_id)
    _require_claims(actor, changes, writable(for_vendor=actor.acts_for_vendor))
    precondition.require(resource_id=partner.public_id, revision=partner.revision)
    require_active(partner)
    return _write(actor, at, partner, changes)


@transaction.atomic
def edit_partner(
    *, actor: Actor, at: datetime, partner: Partner, changes: Mapping[str, Any]
) -> Partner:
    """What staff change of it, as far as their role sees it; also of a suspended one. Raises
    ClaimNotPermittedError, InvalidTransitionError, ValidationFailedError.
    """
    held = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    _require_claims(actor, changes, STAFF_WRITES)
    if not is_kept(held):
        raise InvalidTransitionError(f"{held.name} is {held.status}; its record is closed.")
    return _write(actor, at, held, changes)


def is_kept(partner: Partner) -> bool:
    """Whether its record is still kept up; that of an offboarded one is evidence."""
    return partner.status != PartnerStatus.OFFBOARDED


def _require_claims(actor: Actor, changes: Collection[str], open_to: frozenset[str]) -> None:
    for group in sorted({group_of(name) for name in changes}):
        require_group(actor, group, [name for name in changes if group_of(name) == group])
    require_fields(set(changes) - open_to)


def _write(actor: Actor, at: datetime, partner: Partner, changes: Mapping[str, Any]) -> Partner:
    """A change that changes nothing is no write."""
    wanted = {name: value for name, value in changes.items() if getattr(partner, name) != value}
    if not wanted:
        return partner
    for name, value in wanted.items():
        setattr(partner, name, value)
    partner.revision += 1
    partner.updated_at = at
    written = {**wanted, "revision": partner.revision, "updated_at": at}
    update(partner, changed=written, faults=record_faults(partner, wanted))
    record(
        action=Action.PARTNER_CHANGED,
        actor=actor,
        at=at,
        subject=partner_subject(partner),
        data={
            "fields": sorted(name for name in wanted if name not in _INTERNAL),
            "revision": partner.revision,
        },
        private={"internal_fields": sorted(_INTERNAL & wanted.keys())},
    )
    return partner


_INTERNAL = frozenset(name for name in STAFF_WRITES if group_of(name) == "internal")
