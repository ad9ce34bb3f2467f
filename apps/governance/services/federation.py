"""The OpenID providers upstream that staff let people in by: adding, changing, switching off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.text import slugify

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import (
    FieldError,
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.gateway.client import FetchRefusedError
from apps.identity.models import FederatedIdentity, Federation
from apps.identity.policy.discovery import discovery_faults, issuer_of_preset
from apps.identity.policy.federation import domain_faults, rule_faults
from apps.oauth.models import TokenSession
from apps.oauth.policy.issuers import foreignness_faults
from apps.oauth.services.discovery import fetch_discovery
from apps.oauth.services.sessions import end_refused_sessions
from apps.partners.policy import require_administrator, role_faults
from apps.partners.selectors import partner_by_public_id
from apps.partners.services import require_reason

Rules = Sequence[dict[str, str]]
REFUSED = "This provider cannot be set up so."


def federation_subject(federation: Federation) -> Subject:
    return Subject("federation", federation.public_id, federation.name)


def add_federation(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    preset: str,
    issuer: str,
    client_id: str,
    client_secret: str,
    allowed_domains: Sequence[str],
    rules: Rules,
) -> Federation:
    """Let people in by a provider whose discovery document was read and found good.

    Raises ForbiddenError for all but administrators, and ValidationFailedError with every fault of
    the document and of what was filled in.
    """
    require_administrator(actor)
    federation = Federation(
        name=name.strip(),
        slug=slugify(name)[:50],
        preset=preset,
        issuer=issuer_of_preset(preset, issuer),
        client_id=client_id.strip(),
        client_secret=client_secret,
        allowed_domains=_domains(allowed_domains),
        rules=list(rules),
        created_at=at,
    )
    _check(federation)
    with transaction.atomic():
        _save(federation, force_insert=True)
        _record(Action.FEDERATION_CREATED, federation, actor, at, _shown(federation))
    return federation


def change_federation(
    *,
    actor: Actor,
    at: datetime,
    federation: Federation,
    name: str,
    client_id: str,
    client_secret: str,
    allowed_domains: Sequence[str],
    rules: Rules,
) -> None:
    """Change whom the provider vouches for and what they become, from their next sign-in on.

    The issuer stays: whoever it vouched for is known by its word, and another provider's subjects
    are other people. An empty ``client_secret`` keeps the present one. Raises what `add_federation`
    raises.
    """
    require_administrator(actor)
    changed = {
        "name": name.strip(),
        "client_id": client_id.strip(),
        "allowed_domains": _domains(allowed_domains),
        "rules": list(rules),
        **({"client_secret": client_secret} if client_secret else {}),
    }
    for column, value in changed.items():
        setattr(federation, column, value)
    _check(federation)
    told = {**_shown(federation), "secret_changed": bool(client_secret)}
    with transaction.atomic():
        _save(federation, update_fields=list(changed))
        _record(Action.FEDERATION_CHANGED, federation, actor, at, told)


def deactivate_federation(
    *, actor: Actor, at: datetime, federation: Federation, reason: str
) -> dict[str, int]:
    """Nobody signs in by it, and no sign-in by it counts, in any process, when this returns.

    The rows of ended sessions follow in batches, as with an offboarding. What there was, by kind.
    Raises ForbiddenError, InvalidTransitionError when it is switched off, ValidationFailedError
    without a reason.
    """
    require_administrator(actor)
    reason = require_reason(reason)
    with transaction.atomic():
        _flip(federation, to_active=False)
        counts = counts_of(federation, at=at)
        data = {"reason": reason, "counts": counts}
        _record(Action.FEDERATION_DEACTIVATED, federation, actor, at, data)
    said = f"provider upstream deactivated: {reason}"
    end_refused_sessions(at=at, by=actor, reason=said, federation=federation)
    return counts


def reactivate_federation(
    *, actor: Actor, at: datetime, federation: Federation, reason: str
) -> None:
    """Let people sign in by it again; no session and no sign-in from before comes back.

    Raises ForbiddenError, InvalidTransitionError, and ValidationFailedError without a reason.
    """
    require_administrator(actor)
    reason = require_reason(reason)
    with transaction.atomic():
        _flip(federation, to_active=True)
        _record(Action.FEDERATION_REACTIVATED, federation, actor, at, {"reason": reason})


def counts_of(federation: Federation, *, at: datetime) -> dict[str, int]:
    """Whom and what switching the provider off would end."""
    people = FederatedIdentity.objects.filter(federation=federation)
    return {
        "people": people.count(),
        "people_without_another_way_in": people.filter(made_person=True).count(),
        "sessions": _unended(federation, at=at).count(),
    }


def _unended(federation: Federation, *, at: datetime) -> Any:  # noqa: ANN401 -- a query set
    return TokenSession.objects.filter(
        federation=federation, ended_at__isnull=True, expires_at__gt=at
    )


def _flip(federation: Federation, *, to_active: bool) -> None:
    flipped = Federation.objects.filter(pk=federation.pk, is_active=not to_active).update(
        is_active=to_active, not_before=Now()
    )
    federation.refresh_from_db(fields=["is_active", "not_before"])
    if not flipped:
        state = "active" if to_active else "switched off"
        raise InvalidTransitionError(f"{federation.name} is {state} already.")


def _domains(given: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one.strip().lower() for one in given if one.strip()))


def _check(federation: Federation) -> None:
    """Everything that is wrong, in one answer. Raises ValidationFailedError."""
    faults = [
        *_column_faults(federation),
        *foreignness_faults(federation.issuer),
        *domain_faults(federation.allowed_domains),
        *rule_faults(federation.rules),
    ]
    if not faults:
        faults = [*_outcome_faults(federation.rules), *_published_faults(federation.issuer)]
    if faults:
        raise ValidationFailedError(REFUSED, errors=faults)


def _column_faults(federation: Federation) -> list[FieldError]:
    try:
        federation.full_clean(exclude=["allowed_domains", "rules"])
    except ValidationError as error:
        return [
            FieldError("" if name == NON_FIELD_ERRORS else f"/{_field(name)}", "invalid", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    return []


def _field(column: str) -> str:
    """The slug is made of the name."""
    return "name" if column == "slug" else column


def _outcome_faults(rules: Rules) -> list[FieldError]:
    """Every partner exists and has the role that is given there."""
    faults: list[FieldError] = []
    for number, rule in enumerate(rules, 1):
        if not rule.get("partner"):
            continue
        try:
            kind = partner_by_public_id(rule["partner"]).kind
            found = [fault.detail for fault in role_faults(rule["role"], kind=kind)]
        except NotFoundError as error:
            found = [error.detail]
        faults += [FieldError("/rules", "invalid", f"Rule {number}: {one}") for one in found]
    return faults


def _published_faults(issuer: str) -> list[FieldError]:
    """What the issuer publishes at this moment; addresses that are not public are not called."""
    try:
        document = fetch_discovery(issuer)
    except FetchRefusedError as error:
        detail = f"Its discovery document cannot be had: {error}."
        return [FieldError("/issuer", "no-discovery", detail)]
    return discovery_faults(document, issuer=issuer)


def _save(federation: Federation, **how: Any) -> None:  # noqa: ANN401 -- Django's arguments
    """Two may want the same name: the database decides. Raises ValidationFailedError."""
    try:
        with transaction.atomic():
            federation.save(**how)
    except IntegrityError as error:
        fault = FieldError("/name", "duplicate", "A provider with this name exists already.")
        raise ValidationFailedError(REFUSED, errors=[fault]) from error


def _shown(federation: Federation) -> dict[str, Any]:
    return {
        "issuer": federation.issuer,
        "preset": federation.preset,
        "client_id": federation.client_id,
        "allowed_domains": federation.allowed_domains,
        "rules": federation.rules,
    }


def _record(
    action: Action, federation: Federation, actor: Actor, at: datetime, data: dict[str, Any]
) -> None:
    record(action=action, actor=actor, at=at, subject=federation_subject(federation), data=data)
