"""Codes and tokens as they are presented, each with whether its session counts."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper

from apps.core.ids import encode_id
from apps.oauth.crypto import sha256_hex
from apps.oauth.keys import TokenRejectedError, api_audience, read_access_token
from apps.oauth.models import (
    Client,
    Grant,
    RefreshToken,
    TokenSession,
)
from apps.oauth.selectors.liveness import (
    TokenState,
    last_end_of_session,
    live_condition,
    open_projects_of_session,
    token_state,
)
from apps.projects.models import Project


def refresh_token_row(token: str, *, at: datetime) -> RefreshToken | None:
    """The refresh token with its session and whether that session is live; None if unknown."""
    return (
        RefreshToken.objects.select_related("session")
        .filter(token_checksum=sha256_hex(token))
        .annotate(
            session_is_live=ExpressionWrapper(
                live_condition(at=at, prefix="session__"), output_field=BooleanField()
            ),
            open_projects=open_projects_of_session(at=at, prefix="session__"),
        )
        .first()
    )


RETRY_WINDOW = timedelta(seconds=30)


def refresh_may_be_retried(row: RefreshToken, *, at: datetime) -> bool:
    """Whether this is the answer that got lost (RFC 9700 section 4.14, FAPI 2.0 section
    5.3.2.1): the immediate predecessor, within 30 seconds, its successor not used yet.
    """
    rotated_at = RefreshToken.objects.filter(pk=row.pk).values_list("rotated_at", flat=True).first()
    if rotated_at is None or at - rotated_at > RETRY_WINDOW:
        return False
    return not RefreshToken.objects.filter(
        session=row.session_id, generation__gt=row.generation, rotated_at__isnull=False
    ).exists()


def code_row(code: str, *, at: datetime) -> Grant | None:
    """The authorization code with its session, whether that is live, and when access in the last
    of its projects ends.
    """
    return (
        Grant.objects.select_related("session")
        .filter(code=sha256_hex(code))
        .annotate(
            session_is_live=ExpressionWrapper(
                live_condition(at=at, prefix="session__"), output_field=BooleanField()
            ),
            open_projects=open_projects_of_session(at=at, prefix="session__"),
            projects_end=last_end_of_session(at=at, prefix="session__"),
        )
        .first()
    )


def session_counts(row: Any) -> bool:  # noqa: ANN401 -- an annotated code or refresh token
    """Whether the annotated row's session is live, its projects included."""
    session: TokenSession = row.session
    return bool(row.session_is_live and (row.open_projects or not session.project_bound))


def introspect(*, client: Client, token: str, at: datetime) -> dict[str, Any]:
    """The members of RFC 7662 section 2.2, or only that the token is not active.

    A client that is no resource server, or asks about another audience, learns nothing more
    (section 4).
    """
    inactive = {"active": False}
    if not client.is_resource_server:
        return inactive
    try:
        claims = read_access_token(token, audience=client.audience, at=at)
    except TokenRejectedError:
        return inactive
    state = token_state(claims.jti, at=at)
    if state is None or not state.counts_for(claims.session_id):
        return inactive
    if not state.granted_limits_of(claims):
        return inactive
    projects = [encode_id(Project.id_prefix, one) for one in state.open_projects]
    token_type = "DPoP" if "cnf" in claims.raw else "Bearer"
    return {
        "active": True,
        "token_type": token_type,
        **claims.raw,
        **_username(client, state),
        "projects": projects,
    }


def _username(server: Client, state: TokenState) -> dict[str, str]:
    """A person's address is for our own API's servers; others learn it as an app does, by the
    scope `email`.
    """
    may_know = server.audience == api_audience() or "email" in state.scope.split()
    return {"username": state.user_email} if state.user_email and may_know else {}
