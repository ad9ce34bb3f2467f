"""Clients: whether they may act."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.oauth.models import (
    Client,
    ClientStatus,
    Consent,
    RequestState,
    RestrictedScopeRequest,
)
from apps.oauth.selectors import live_sessions
from apps.oauth.services.sessions import end_refused_sessions
from apps.partners.services import require_reason


def client_subject(client: Client) -> Subject:
    return Subject("client", client.client_id, client.name)


def open_row(client: Client) -> Client:
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
    """Flip these clients for good; part of a larger act, which records the event. Nobody gives
    them what was asked for any more.
    """
    going = list(clients.exclude(status=ClientStatus.DISABLED).values_list("pk", flat=True))
    flipped = Client.objects.filter(pk__in=going).update(
        status=ClientStatus.DISABLED, not_before=Now()
    )
    RestrictedScopeRequest.objects.filter(client__in=going, state=RequestState.OPEN).update(
        state=RequestState.WITHDRAWN, decided_at=Now(), decision="The client is disabled."
    )
    return flipped
