"""Reads of the authorization server."""

from apps.oauth.selectors.ends import latest_end
from apps.oauth.selectors.grants import (
    ClientAtGrant,
    PersonAtGrant,
    client_at_grant,
    client_by_client_id,
    people_at_grant,
    person_at_grant,
    person_by_email,
    person_today,
)
from apps.oauth.selectors.issuers import IssuerAtGrant, issuer_at_grant, rests_on
from apps.oauth.selectors.liveness import (
    TokenState,
    dead_sessions,
    live_condition,
    live_sessions,
    open_projects_of_session,
    token_state,
)
from apps.oauth.selectors.names import names_in_details, project_titles
from apps.oauth.selectors.standing import session_stands
from apps.oauth.selectors.tokens import (
    RETRY_WINDOW,
    code_row,
    introspect,
    refresh_may_be_retried,
    refresh_token_row,
    session_counts,
)

__all__ = [
    "RETRY_WINDOW",
    "ClientAtGrant",
    "IssuerAtGrant",
    "PersonAtGrant",
    "TokenState",
    "client_at_grant",
    "client_by_client_id",
    "code_row",
    "dead_sessions",
    "introspect",
    "issuer_at_grant",
    "latest_end",
    "live_condition",
    "live_sessions",
    "names_in_details",
    "open_projects_of_session",
    "people_at_grant",
    "person_at_grant",
    "person_by_email",
    "person_today",
    "project_titles",
    "refresh_may_be_retried",
    "refresh_token_row",
    "rests_on",
    "session_counts",
    "session_stands",
    "token_state",
]
