"""A company's record and its life: created, suspended, resumed."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.partners.models import Partner
from apps.partners.policy import identifier_faults, role_faults
from apps.partners.services.rows import insert, require_reason
from apps.partners.states import MOVES, PartnerStatus


def partner_subject(partner: Partner) -> Subject:
    return Subject("partner", partner.public_id, partner.name)


def create_partner(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    kind: str,
    legal_name: str = "",
    identifiers: Sequence[dict[str, str]] = (),
) -> Partner:
    """Raises ValidationFailedError."""
    partner = Partner(
        name=name.strip(),
        kind=kind,
        legal_name=legal_name.strip(),
        identifiers=list(identifiers),
        created_at=at,
        updated_at=at,
    )
    with transaction.atomic():
        insert(partner, faults=identifier_faults(identifiers))
        record(
            action=Action.PARTNER_CREATED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={"kind": partner.kind},
        )
    return partner


def set_portal_roles(*, actor: Actor, at: datetime, partner: Partner, roles: Sequence[str]) -> None:
    """Say what the partner's own admins may make of its people, from now on; who has a role keeps
    it. Raises ValidationFailedError for a role the partner's kind does not have.
    """
    wanted = sorted(set(roles))
    if faults := [fault for role in wanted for fault in role_faults(role, kind=partner.kind)]:
        raise ValidationFailedError("These roles cannot be given there.", errors=faults)
    with transaction.atomic():
        before = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk).portal_roles
        Partner.objects.filter(pk=partner.pk).update(portal_roles=wanted, updated_at=at)
        record(
            action=Action.PARTNER_PORTAL_ROLES_CHANGED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={"from": sorted(before), "to": wanted},
        )
    partner.portal_roles = wanted


def flip_partner(*, at: datetime, partner: Partner, after: PartnerStatus) -> None:
    """Change the status, from one that allows it, and let no earlier session count.

    The state alone, without an event: for acts that record theirs. Raises InvalidTransitionError.
    """
    before = [status for status, following in MOVES.items() if after in following]
    flipped = Partner.objects.filter(pk=partner.pk, status__in=before).update(
        status=after, not_before=Now(), updated_at=at, revision=F("revision") + 1
    )
    partner.refresh_from_db(fields=["status", "not_before", "updated_at", "revision"])
    if not flipped:
        raise InvalidTransitionError(
            f"{partner.name} is {partner.status}; it cannot become {after}.",
            extra={"from": partner.status, "to": after.value},
        )


def suspend_partner(*, actor: Actor, at: datetime, partner: Partner, reason: str) -> None:
    """Refuse the partner's clients and people, in every process, from their next request on.

    Raises InvalidTransitionError, and ValidationFailedError without a reason.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        flip_partner(at=at, partner=partner, after=PartnerStatus.SUSPENDED)
        record(
            action=Action.PARTNER_SUSPENDED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={"reason": reason},
        )


def resume_partner(*, actor: Actor, at: datetime, partner: Partner, reason: str) -> None:
    """Let the partner ask for new access; no session from before comes back.

    Raises InvalidTransitionError, and ValidationFailedError without a reason.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        flip_partner(at=at, partner=partner, after=PartnerStatus.ACTIVE)
        record(
            action=Action.PARTNER_RESUMED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={"reason": reason},
        )
