"""What clients prove themselves by, as far as we make it: secrets and extra API keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor, ActorKind
from apps.core.errors import ValidationFailedError
from apps.oauth.crypto import new_secret
from apps.oauth.models import Client
from apps.oauth.models.clients import SECRET_METHODS
from apps.oauth.policy.registration import restricted_faults
from apps.oauth.services.clients import client_subject, open_row, revoke_consents
from apps.oauth.services.scope_requests import withdraw_for_change
from apps.partners.models import Role

DEFAULT_OVERLAP = timedelta(hours=24)


@dataclass(frozen=True)
class RotatedSecret:
    """The new secret, shown once, and until when the previous one is still accepted. ``cut_off``
    is until when an earlier one would have been, which ended now.
    """

    secret: str
    previous_expires_at: datetime
    cut_off: datetime | None = None


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
    secret, until = new_secret(), at + overlap
    with transaction.atomic():
        row = open_row(client)
        _require_right(actor, row)
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
        withdraw_for_change(actor=actor, at=at, client=row)
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
    key = new_secret()
    with transaction.atomic():
        row = open_row(client)
        _require_right(actor, row)
        had_one = bool(row.api_key_hash)
        row.api_key_hash = hash_secret(key)
        row.save(update_fields=["api_key_hash"])
        withdraw_for_change(actor=actor, at=at, client=row)
        record(
            action=Action.CLIENT_API_KEY_ROTATED,
            actor=actor,
            at=at,
            subject=client_subject(row),
            data={"replaced": had_one},
        )
    return key
