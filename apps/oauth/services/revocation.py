"""Giving tokens back (RFC 7009)."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Origin
from apps.oauth.crypto import sha256_hex
from apps.oauth.keys import TokenRejectedError, read_access_token
from apps.oauth.models import AccessToken, Client, RefreshToken, SessionKind
from apps.oauth.services.minting import client_actor
from apps.oauth.services.sessions import end_exchanged_sessions, end_session, session_subject


def revoke_token(*, token: str, client: Client, origin: Origin, at: datetime) -> None:
    """Revoke the client's own token; anybody else's, or none at all, is passed over in silence
    (RFC 7009 section 2.2).

    A refresh token ends its session. An access token ends the session it is the only token of,
    and otherwise dies alone (section 2.1 leaves that to us), with what it was exchanged for.
    """
    refresh = (
        RefreshToken.objects.select_related("session")
        .filter(token_checksum=sha256_hex(token), session__client=client)
        .first()
    )
    if refresh is not None:
        actor = client_actor(client, refresh.session, origin)
        end_session(actor=actor, at=at, session=refresh.session, reason="refresh token revoked")
        return
    if (access := _own_access_token(token, client, at=at)) is None:
        return
    actor = client_actor(client, access.session, origin)
    if access.session.kind == SessionKind.CLIENT:
        end_session(actor=actor, at=at, session=access.session, reason="access token revoked")
        return
    with transaction.atomic():
        fresh = AccessToken.objects.filter(pk=access.pk, revoked_at__isnull=True)
        if fresh.update(revoked_at=at):
            end_exchanged_sessions(at=at, token=access, by=actor)
            record(
                action=Action.TOKEN_REVOKED,
                actor=actor,
                at=at,
                subject=session_subject(access.session),
                data={"jti": str(access.jti)},
            )


def _own_access_token(token: str, client: Client, *, at: datetime) -> AccessToken | None:
    try:
        claims = read_access_token(token, audience=None, at=at, must_be_current=False)
    except TokenRejectedError:
        return None
    return (
        AccessToken.objects.select_related("session")
        .filter(pk=claims.jti, session__client=client)
        .first()
    )
