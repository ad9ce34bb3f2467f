"""What each staff role may do: Django permissions as data, one row per role (spec 5).

Most records are never edited or deleted by a form, so the verbs mean what staff do to them:
`add_partner` is onboarding, `change_partner` suspending and resuming, `delete_partner` and
`delete_user` offboarding, `change_client` its state and its secrets, `change_tokensession` ending
one, `change_signingkey` rotating or revoking one.
"""

from apps.identity.models import StaffRole

_SEES = frozenset(
    {
        "partners.view_partner",
        "oauth.view_client",
        "oauth.view_tokensession",
        "identity.view_user",
        "governance.view_offboarding",
        "projects.view_project",
        "projects.view_buyerentity",
        "procurement.view_purchaseorder",
    }
)
_READS_TRAIL = frozenset({"audit.view_event", "audit.view_checkpoint"})
_LETS_IN = frozenset(
    {
        "partners.add_partner",
        "partners.change_partner",
        "partners.add_partneruser",
        "oauth.add_client",
        "oauth.change_client",
        "projects.add_projectmember",
    }
)
_RUNS_PROJECTS = frozenset(
    {"projects.add_project", "projects.add_buyerentity", "projects.add_projectmember"}
)
_THROWS_OUT = frozenset(
    {
        "partners.change_partner",
        "partners.delete_partner",
        "oauth.change_client",
        "oauth.change_tokensession",
        "identity.delete_user",
    }
)
_SEES_JOBS = frozenset({"ops.view_jobrun", "ops.view_jobheartbeat"})

STAFF_PERMISSIONS: dict[str, frozenset[str]] = {
    StaffRole.VIEWER: _SEES,
    StaffRole.ONBOARDING_OFFICER: _SEES | _LETS_IN,
    StaffRole.PROCUREMENT_MANAGER: _SEES
    | _READS_TRAIL
    | _RUNS_PROJECTS
    | {"partners.change_partner", "partners.delete_partner"},
    StaffRole.SECURITY_OFFICER: _SEES | _READS_TRAIL | _THROWS_OUT | _SEES_JOBS,
    StaffRole.ADMINISTRATOR: _SEES
    | _READS_TRAIL
    | _LETS_IN
    | _RUNS_PROJECTS
    | _THROWS_OUT
    | _SEES_JOBS
    | {"identity.add_user", "ops.run_job", "oauth.view_signingkey", "oauth.change_signingkey"},
}
