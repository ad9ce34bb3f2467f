"""Holding a partner's record for a write: seen by the caller, of a group its role sees, active."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F

from apps.core.actor import Actor
from apps.core.errors import FieldError, InvalidTransitionError
from apps.gateway.errors import ClaimNotPermittedError
from apps.partners.models import Partner
from apps.partners.policy import Claims
from apps.partners.selectors.companies import visible_vendor
from apps.partners.services.claims import role_claims_of


def hold_vendor(*, actor: Actor, at: datetime, vendor_id: str) -> Partner:
    """The vendor's row, locked until the transaction ends: every write to its record takes it
    first, so that writers wait for one another. Raises NotFoundError.
    """
    return visible_vendor(actor=actor, at=at, vendor_id=vendor_id, lock=True)


def require_group(actor: Actor, group: str, fields: Collection[str] = ()) -> Claims:
    """What the role is shown; a write touches nothing else (reference 3b). Raises
    ClaimNotPermittedError.
    """
    claims = role_claims_of(actor)
    if not claims.sees(group):
        raise ClaimNotPermittedError(f"Your role does not see {group}, so it cannot change it.")
    require_fields(set(fields) - claims.fields(group))
    return claims


def require_fields(hidden: Collection[str]) -> None:
    """Raises ClaimNotPermittedError when there are any."""
    if hidden:
        faults = [
            FieldError(f"/{name}", "claim-not-permitted", "This is not for you to change.")
            for name in sorted(hidden)
        ]
        raise ClaimNotPermittedError("Some fields are not for you to change.", errors=faults)


def require_active(partner: Partner) -> None:
    """Raises InvalidTransitionError, without the name: a rule may hide it from the role."""
    if not partner.is_live:
        raise InvalidTransitionError(
            f"The partner is {partner.status}; its record cannot be changed.",
            extra={"from": partner.status, "to": partner.status, "allowed": []},
        )


def touch(partner: Partner, *, at: datetime) -> None:
    """Count a write of the held partner's record."""
    Partner.objects.filter(pk=partner.pk).update(revision=F("revision") + 1, updated_at=at)
    partner.revision += 1
    partner.updated_at = at
