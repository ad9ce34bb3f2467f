"""Reads across everything: what somebody has here now, and what a partner's own people see."""

from apps.governance.selectors.blockers import blockers_of
from apps.governance.selectors.closings import (
    ClosingPlan,
    closing_of,
    keys_left_without,
    plan_closing,
    sessions_left_without,
    sessions_narrowed_in,
)
from apps.governance.selectors.deactivations import invitations_waiting, plan_deactivation
from apps.governance.selectors.plans import (
    Plan,
    clients_of,
    offboarding_by_public_id,
    offboarding_of,
    people_of,
    person_by_email,
    plan_offboarding,
    sessions_of,
    unended_sessions_of,
)
from apps.governance.selectors.portal import (
    acceptable_invitations,
    active_admins,
    client_of_partner,
    invitation_of_partner,
    invited_by_token,
    live_session_of,
    open_invitations,
    people_shown,
    person_of_partner,
    portal_clients,
    sessions_shown,
)

__all__ = [
    "ClosingPlan",
    "Plan",
    "acceptable_invitations",
    "active_admins",
    "blockers_of",
    "client_of_partner",
    "clients_of",
    "closing_of",
    "invitation_of_partner",
    "invitations_waiting",
    "invited_by_token",
    "keys_left_without",
    "live_session_of",
    "offboarding_by_public_id",
    "offboarding_of",
    "open_invitations",
    "people_of",
    "people_shown",
    "person_by_email",
    "person_of_partner",
    "plan_closing",
    "plan_deactivation",
    "plan_offboarding",
    "portal_clients",
    "sessions_left_without",
    "sessions_narrowed_in",
    "sessions_of",
    "sessions_shown",
    "unended_sessions_of",
]
