"""Clients: their secrets, and whether they may act."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor, ActorKind
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.oauth.crypto import new_secret
from apps.oauth.models import Client, ClientStatus, Consent
from apps.oauth.models.clients import SECRET_METHODS
from apps.oauth.policy.registration import restricted_faults
from apps.oauth.selectors import live_sessions
from apps.oauth.services.sessions import end_refused_sessions
from apps.partners.models import Role
from apps.partners.services import require_reason

DEFAULT_OVERLAP = timedelta(hours=24)


@dataclass(frozen=True)
class RotatedSecret:
    """The new secret, shown once, and until when the previous one is still accepted. ``cut_off``
    is until when an earlier one would have been, which ended now.
    """

    secret: str
    previous_expires_at: datetime
    cut_off: datetime | None = None


def client_subject(client: Client) -> Subject:
    return Subject("client", client.client_id, client.name)


def hash_secret(secret: str) -> str:
    """What is kept of a secret or an extra API key that we made."""
    return make_password(secret, hasher="keyed_sha256")


def _require_right(actor: Actor, client: Client) -> None:
    """Whoever is shown a credential can be the client, so its right to hand one out is that to
    register it. Raises ValidationFailedError.
    """
    faults = restricted_faults(client.allowed_scopes, Role(client.role), actor)
    if faults:
        raise ValidationFailedError("An administrator does this for this client.", errors=faults)


def _open_row(client: Client) -> Client:
    """The client's row, locked. Raises InvalidTransitionError when it is disabled."""
    row = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if row.status == ClientStatus.DISABLED:
        raise InvalidTransitionError("The client is disabled for good.")
    return row


def revoke_consents(client: Client, *, at: datetime) -> int:
    """End what people have agreed to, in the caller's transaction that holds the client's row;
    returns how many consents that were. Their sessions go on: nobody new has a token of those.

    For a client that answers elsewhere or is in other hands from now on: they did not agree to
    that, and a standing consent asks nobody.
    """
    return Consent.objects.filter(client=client, revoked_at__isnull=True).update(revoked_at=at)


def rotate_secret(
    *, actor: Actor, at: datetime, client: Client, overlap: timedelta = DEFAULT_OVERLAP
) -> RotatedSecret:
    """Give a new secret and keep the present one until the overlap has passed.

    Two are live at most: rotating again within the overlap drops the oldest. A member of staff is
    shown the secret and could be the client, so people are asked again; the operator's shell could
    be any client as it is. Raises ValidationFailedError for a client without secrets,
    InvalidTransitionError for a disabled one.
    """
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        raise ValidationFailedError("The client has no secret to rotate.")
    if overlap < timedelta(0):
        raise ValidationFailedError("The overlap cannot be negative.")
    _require_right(actor, client)
    secret, until = new_secret(), at + overlap
    with transaction.atomic():
        row = _open_row(client)
        earlier = row.previous_secret_expires_at if row.previous_secret else None
        cut_off = earlier if earlier and earlier > at else None
        row.previous_secret, row.client_secret = row.client_secret, hash_secret(secret)
        row.previous_secret_expires_at = until
        row.save(
            update_fields=[
                "client_secret", "previous_secret", "previous_secret_expires_at", "updated",
            ]
        )  # fmt: skip
        revoked = revoke_consents(row, at=at) if actor.kind == ActorKind.STAFF else 0
        record(
            action=Action.CLIENT_SECRET_ROTATED,
            actor=actor,
            at=at,
            subject=client_subject(row),
            data={"previous_expires_at": until.isoformat(), "consents_revoked": revoked},
        )
    return RotatedSecret(secret, until, cut_off)


def rotate_api_key(*, actor: Actor, at: datetime, client: Client) -> str:
    """Demand an extra API key of the client from now on, or another one than before; it is shown
    once, here. Raises ValidationFailedError, InvalidTransitionError.
    """
    if client.is_public:
        raise ValidationFailedError("A public client cannot keep an API key secret.")
    _require_right(actor, client)
    key = new_secret()
    with transaction.atomic():
        row = _open_row(client)
        had_one = bool(row.api_key_hash)
        row.api_key_hash = hash_secret(key)
        row.save(update_fields=["api_key_hash"])
        record(
            action=Action.CLIENT_API_KEY_ROTATED,
            actor=actor,
            at=at,
            subject=client_subject(row),
            data={"replaced": had_one},
        )
    return key


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
    end_refused_sessions(at=at, by=actor, reason=f"client suspended: {reason}", client=client)
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
    end_refused_sessions(at=at, by=actor, reason=reason, client=client)
    return count


def disable_clients(*, clients: QuerySet[Client]) -> int:
    """Flip these clients for good; part of a larger act, which records the event."""
    return clients.exclude(status=ClientStatus.DISABLED).update(
        status=ClientStatus.DISABLED, not_before=Now()
    )
