"""Clients: registering one, its secrets, and whether it may act."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.identity.models import User
from apps.oauth.crypto import new_secret
from apps.oauth.keys import api_audience
from apps.oauth.models import Client, ClientKind, ClientStatus
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.registration import (
    default_role,
    grant_faults,
    kind_faults,
    name_faults,
    project_faults,
    restricted_faults,
)
from apps.oauth.policy.scopes import scope_faults
from apps.oauth.selectors import dead_sessions, live_sessions
from apps.oauth.services.sessions import end_sessions
from apps.partners.models import Partner, Role
from apps.partners.services import require_reason
from apps.projects.models import Project

DEFAULT_OVERLAP = timedelta(hours=24)
BATCH = 5000


@dataclass(frozen=True)
class NewClient:
    """A registered client. ``secret`` is shown once, here; None for a public client."""

    client: Client
    secret: str | None


@dataclass(frozen=True)
class RotatedSecret:
    """The new secret, shown once, and until when the previous one is still accepted."""

    secret: str
    previous_expires_at: datetime


def client_subject(client: Client) -> Subject:
    return Subject("client", client.client_id, client.name)


def register_client(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    kind: ClientKind,
    auth_method: AuthMethod,
    grant_types: Sequence[GrantType],
    scopes: Sequence[str],
    role: Role | None = None,
    partner: Partner | None = None,
    projects: Sequence[Project] = (),
    redirect_uris: Sequence[str] = (),
    is_resource_server: bool = False,
    owner: User | None = None,
) -> NewClient:
    """Register a client. Raises ValidationFailedError with one entry per fault."""
    role = role or default_role(partner)
    grants = list(dict.fromkeys(grant_types))
    secret = None if auth_method == AuthMethod.NONE else new_secret()
    with transaction.atomic():
        if partner is not None:  # So that no client slips in while the partner is offboarded.
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
        faults = [
            *name_faults(name),
            *kind_faults(kind, partner, role),
            *project_faults(projects, partner, at=at),
            *grant_faults(grants, auth_method, redirect_uris),
            *scope_faults(scopes, role=role, grant_types=grants),
            *restricted_faults(scopes, role, actor),
        ]
        if faults:
            raise ValidationFailedError("The client cannot be registered so.", errors=faults)
        client = Client.objects.create(
            client_id=f"cli_{secrets.token_urlsafe(18)}",
            client_secret=_hash(secret) if secret else "",
            client_type=Client.CLIENT_CONFIDENTIAL if secret else Client.CLIENT_PUBLIC,
            name=name.strip(),
            kind=kind,
            partner=partner,
            role=role,
            grant_types=grants,
            token_endpoint_auth_method=auth_method,
            allowed_scopes=list(dict.fromkeys(scopes)),
            redirect_uris=" ".join(redirect_uris),
            is_resource_server=is_resource_server,
            audience=api_audience() if is_resource_server else "",
            user=owner,
        )
        client.projects.set(projects)
        _record_registration(client, actor=actor, at=at, projects=projects)
    return NewClient(client, secret)


def _record_registration(
    client: Client, *, actor: Actor, at: datetime, projects: Sequence[Project]
) -> None:
    record(
        action=Action.CLIENT_CREATED,
        actor=actor,
        at=at,
        subject=client_subject(client),
        data={
            "kind": client.kind,
            "role": client.role,
            "partner": client.partner.public_id if client.partner else None,
            "grant_types": client.grant_types,
            "scopes": client.allowed_scopes,
            "auth_method": client.token_endpoint_auth_method,
            "redirect_uris": client.redirect_uris.split(),
            "projects": [project.public_id for project in projects],
        },
    )


def _hash(secret: str) -> str:
    return make_password(secret, hasher="keyed_sha256")


def rotate_secret(
    *, actor: Actor, at: datetime, client: Client, overlap: timedelta = DEFAULT_OVERLAP
) -> RotatedSecret:
    """Give a new secret and keep the present one until the overlap has passed.

    Two are live at most: rotating again within the overlap drops the oldest. Raises
    ValidationFailedError for a public client, InvalidTransitionError for a disabled one.
    """
    if client.is_public:
        raise ValidationFailedError("A public client has no secret to rotate.")
    if overlap < timedelta(0):
        raise ValidationFailedError("The overlap cannot be negative.")
    secret, until = new_secret(), at + overlap
    with transaction.atomic():
        row = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        if row.status == ClientStatus.DISABLED:
            raise InvalidTransitionError("The client is disabled for good.")
        row.previous_secret, row.client_secret = row.client_secret, _hash(secret)
        row.previous_secret_expires_at = until
        row.save(update_fields=["client_secret", "previous_secret", "previous_secret_expires_at"])
        record(
            action=Action.CLIENT_SECRET_ROTATED,
            actor=actor,
            at=at,
            subject=client_subject(row),
            data={"previous_expires_at": until.isoformat()},
        )
    return RotatedSecret(secret, until)


def _flip(client: Client, *, before: ClientStatus, after: ClientStatus) -> None:
    """Change the state only from the one it must be in. Raises InvalidTransitionError."""
    flipped = Client.objects.filter(pk=client.pk, status=before).update(
        status=after, not_before=Now()
    )
    if not flipped:
        client.refresh_from_db(fields=["status"])
        raise InvalidTransitionError(
            f"The client is {client.status}, not {before}.",
            extra={"from": client.status, "to": after},
        )
    client.status = after


def suspend_client(*, actor: Actor, at: datetime, client: Client, reason: str) -> int:
    """Refuse the client at once, everywhere; returns how many live sessions that ended."""
    reason = require_reason(reason)
    with transaction.atomic():
        count = live_sessions(at=at).filter(client=client).count()
        _flip(client, before=ClientStatus.ACTIVE, after=ClientStatus.SUSPENDED)
        record(
            action=Action.CLIENT_SUSPENDED,
            actor=actor,
            at=at,
            subject=client_subject(client),
            data={"reason": reason, "sessions_ended": count},
        )
    _end_rows(client, at=at, by=actor, reason=f"client suspended: {reason}")
    return count


def resume_client(*, actor: Actor, at: datetime, client: Client, reason: str) -> None:
    """Let the client ask for new tokens; no earlier session comes back."""
    reason = require_reason(reason)
    with transaction.atomic():
        _flip(client, before=ClientStatus.SUSPENDED, after=ClientStatus.ACTIVE)
        record(
            action=Action.CLIENT_RESUMED,
            actor=actor,
            at=at,
            subject=client_subject(client),
            data={"reason": reason},
        )


def end_client_sessions(*, actor: Actor, at: datetime, client: Client, reason: str) -> int:
    """End every session the client has now; it may ask for new tokens at once."""
    reason = require_reason(reason)
    with transaction.atomic():
        count = live_sessions(at=at).filter(client=client).count()
        Client.objects.filter(pk=client.pk).update(not_before=Now())
        record(
            action=Action.CLIENT_SESSIONS_ENDED,
            actor=actor,
            at=at,
            subject=client_subject(client),
            data={"reason": reason, "sessions_ended": count},
        )
    _end_rows(client, at=at, by=actor, reason=reason)
    return count


def _end_rows(client: Client, *, at: datetime, by: Actor, reason: str) -> None:
    """The rows follow the flip in batches; nothing waits for them, the flip already refuses.

    Only what the flip refuses: a session granted since stays. What this does not come to is met
    by `end_dead_sessions`.
    """
    rows = dead_sessions(at=at).filter(client=client)
    while end_sessions(at=at, sessions=rows, by=by, reason=reason, limit=BATCH) == BATCH:
        continue


def disable_clients(*, clients: QuerySet[Client]) -> int:
    """Flip these clients for good; part of a larger act, which records the event."""
    return clients.exclude(status=ClientStatus.DISABLED).update(
        status=ClientStatus.DISABLED, not_before=Now()
    )
