"""Trusted issuers: taking one up, changing it, and no longer believing it (spec 1, row 17)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from joserfc.jwk import JWKRegistry

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import (
    FieldError,
    InvalidTransitionError,
    ValidationFailedError,
)
from apps.gateway.client import FetchRefusedError, fetch_json
from apps.identity.policy.discovery import discovery_address
from apps.oauth.models import Client, TrustedIssuer
from apps.oauth.policy.client_keys import kept_members
from apps.oauth.policy.issuers import (
    IssuerTerms,
    issuer_faults,
    key_faults,
    keys_address_in,
    presenter_faults,
)
from apps.oauth.selectors import live_sessions, rests_on
from apps.oauth.services.sessions import end_refused_sessions
from apps.partners.models import Partner
from apps.partners.policy import require_administrator
from apps.partners.services import require_reason

REFUSED = "The issuer cannot be trusted so."


class IssuerChanges(TypedDict, total=False):
    """What may be changed of an issuer; what is left out stays. Whose people it vouches for and
    who it is stay: sessions rest on that.
    """

    name: str
    audiences: Sequence[str]
    presenters: Sequence[str]
    subject_claim: str
    jwks_uri: str
    jwks: dict[str, Any] | None


def issuer_subject(issuer: TrustedIssuer) -> Subject:
    return Subject("trusted_issuer", issuer.public_id, issuer.name)


def add_issuer(
    *, actor: Actor, at: datetime, terms: IssuerTerms, partner: Partner | None
) -> TrustedIssuer:
    """Believe an issuer about people of this partner, or about the buyer's own where there is
    none. Without keys and their address, its own metadata is asked for that.

    Raises ForbiddenError, ValidationFailedError with one entry per fault.
    """
    require_administrator(actor)
    wanted = _checked(terms, in_house=partner is None)
    issuer = TrustedIssuer(issuer=wanted.issuer, partner=partner, created_at=at, **_columns(wanted))
    with transaction.atomic():
        _insert(issuer)
        record(
            action=Action.ISSUER_CREATED,
            actor=actor,
            at=at,
            subject=issuer_subject(issuer),
            data={
                "issuer": issuer.issuer,
                "partner": partner.public_id if partner else None,
                **_told(wanted),
            },
        )
    return issuer


def _checked(terms: IssuerTerms, *, in_house: bool) -> IssuerTerms:
    """Nothing is fetched from an address that is at fault itself. Raises ValidationFailedError."""
    faults = [*issuer_faults(terms), *_presenter_faults(terms)]
    wanted = terms if faults else _with_keys(terms, in_house=in_house)
    faults = faults or key_faults(wanted)
    if faults:
        raise ValidationFailedError(REFUSED, errors=faults)
    return wanted


def _presenter_faults(terms: IssuerTerms) -> list[FieldError]:
    known = Client.objects.filter(client_id__in=terms.presenters)
    return presenter_faults(terms.presenters, set(known.values_list("client_id", flat=True)))


def _insert(issuer: TrustedIssuer) -> None:
    """The database decides who names it first."""
    try:
        with transaction.atomic():
            issuer.save(force_insert=True)
    except IntegrityError as error:
        fault = FieldError("/issuer", "taken", "This issuer is known already.")
        raise ValidationFailedError(REFUSED, errors=[fault]) from error


def change_issuer(
    *, actor: Actor, at: datetime, issuer: TrustedIssuer, **changes: Unpack[IssuerChanges]
) -> TrustedIssuer:
    """Change what is given and nothing else; the issuer as it is now. Naming one place of its keys
    empties the other. Sessions that it has brought stay: deactivating ends them.

    Raises ForbiddenError, ValidationFailedError.
    """
    require_administrator(actor)
    with transaction.atomic():
        row = TrustedIssuer.objects.select_for_update(no_key=True).get(pk=issuer.pk)
        before = _terms_of(row)
        after = _changed(before, changes)
        faults = [*issuer_faults(after), *_presenter_faults(after), *key_faults(after)]
        if faults:
            raise ValidationFailedError(REFUSED, errors=faults)
        _save(row, before, after, actor=actor, at=at)
    return row


def _changed(present: IssuerTerms, changes: IssuerChanges) -> IssuerTerms:
    given: dict[str, Any] = dict(changes)
    if given.get("jwks_uri"):
        given.setdefault("jwks", None)
    if given.get("jwks"):
        given.setdefault("jwks_uri", "")
    return replace(present, **given)


def _save(
    row: TrustedIssuer, before: IssuerTerms, after: IssuerTerms, *, actor: Actor, at: datetime
) -> None:
    """Write and tell what differs; nothing when nothing does."""
    present, wanted = _columns(before), _columns(after)
    differing = [name for name in wanted if wanted[name] != present[name]]
    if not differing:
        return
    for name in differing:
        setattr(row, name, wanted[name])
    row.save(update_fields=differing)
    was, now = _told(before), _told(after)
    record(
        action=Action.ISSUER_CHANGED,
        actor=actor,
        at=at,
        subject=issuer_subject(row),
        data={
            "before": {name: was[name] for name in differing},
            "after": {name: now[name] for name in differing},
        },
    )


def _terms_of(issuer: TrustedIssuer) -> IssuerTerms:
    return IssuerTerms(
        name=issuer.name,
        issuer=issuer.issuer,
        audiences=issuer.audiences,
        presenters=issuer.presenters,
        subject_claim=issuer.subject_claim,
        jwks_uri=issuer.jwks_uri,
        jwks=issuer.jwks,
    )


def _columns(terms: IssuerTerms) -> dict[str, Any]:
    """What may change, as it is stored."""
    return {
        "name": terms.name.strip(),
        "audiences": list(dict.fromkeys(terms.audiences)),
        "presenters": list(dict.fromkeys(terms.presenters)),
        "subject_claim": terms.subject_claim,
        "jwks_uri": terms.jwks_uri,
        "jwks": kept_members(terms.jwks) if terms.jwks else None,
    }


def _told(terms: IssuerTerms) -> dict[str, Any]:
    """The same as the trail tells it: of keys the thumbprints (RFC 7638)."""
    keys = terms.jwks["keys"] if terms.jwks else []
    return {
        **_columns(terms),
        "jwks": [JWKRegistry.import_key(key).thumbprint() for key in keys],
    }


def _with_keys(terms: IssuerTerms, *, in_house: bool) -> IssuerTerms:
    """With the address of its keys as the issuer itself names it, unless it is given. Raises
    ValidationFailedError.
    """
    if terms.jwks is not None or terms.jwks_uri:
        return terms
    address = discovery_address(terms.issuer)
    try:
        found = keys_address_in(fetch_json(address, in_house=in_house), issuer=terms.issuer)
    except ValueError as error:
        raise _undiscovered(str(error)) from error
    except FetchRefusedError as error:
        raise _undiscovered(f"Nothing could be read at {address}.", hint=str(error)) from error
    return replace(terms, jwks_uri=found)


def _undiscovered(detail: str, hint: str = "") -> ValidationFailedError:
    fault = FieldError("/jwks_uri", "not-discovered", f"{detail} Give its keys or their address.")
    return ValidationFailedError(REFUSED, errors=[fault], hint=hint)


def deactivate_issuer(*, actor: Actor, at: datetime, issuer: TrustedIssuer, reason: str) -> int:
    """Believe it no longer, and end what came of its word at once, everywhere; returns how many
    live sessions that were. Raises ForbiddenError, InvalidTransitionError, ValidationFailedError.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        count = live_sessions(at=at).filter(rests_on(issuer)).count()
        _flip(issuer, active=False, actor=actor)
        record(
            action=Action.ISSUER_DEACTIVATED,
            actor=actor,
            at=at,
            subject=issuer_subject(issuer),
            data={"reason": reason, "sessions_ended": count},
        )
    why = f"trusted issuer deactivated: {reason}"
    end_refused_sessions(at=at, by=actor, reason=why, issuer=issuer)
    end_refused_sessions(at=at, by=actor, reason=why, client__client_assertion_issuer=issuer)
    return count


def reactivate_issuer(*, actor: Actor, at: datetime, issuer: TrustedIssuer, reason: str) -> None:
    """Believe it again; no earlier session comes back. Raises as deactivating does."""
    reason = require_reason(reason)
    with transaction.atomic():
        _flip(issuer, active=True, actor=actor)
        record(
            action=Action.ISSUER_REACTIVATED,
            actor=actor,
            at=at,
            subject=issuer_subject(issuer),
            data={"reason": reason},
        )


def _flip(issuer: TrustedIssuer, *, active: bool, actor: Actor) -> None:
    """Change the state only from the other one. Raises ForbiddenError, InvalidTransitionError."""
    require_administrator(actor)
    rows = TrustedIssuer.objects.filter(pk=issuer.pk, is_active=not active)
    if not rows.update(is_active=active, not_before=Now()):
        raise InvalidTransitionError(f"The issuer is {'active' if active else 'inactive'} already.")
    issuer.is_active = active
