"""What each staff role may do: Django permissions as data, one row per role (spec 5).

Most records are never edited or deleted by a form, so the verbs mean what staff do to them:
`add_partner` is onboarding, `change_partner` suspending and resuming, `delete_partner` and
`delete_user` offboarding, `change_user` taking access for now and giving it back, `change_client`
its state and its secrets, `add_restrictedscoperequest` asking for restricted scopes and
`change_restrictedscoperequest` deciding about them, `change_tokensession` ending one,
`change_signingkey` rotating or revoking one, `change_invitation` taking one back,
`change_purchaseorder` submitting and issuing an order, holding and releasing it, deciding on
changes that its vendor proposes and taking receipts back, `delete_purchaseorder` approving an order
or a change, and cancelling or closing it,
`change_tolerance` changing or removing one, `change_invoice` deciding on invoices and on what of
them does not match, `change_purchasingpolicy` writing versions, retiring one and asking for one,
`change_approvalrule` retiring a rule, `change_project` opening, holding and rewriting one,
`delete_project` closing it, `change_projectclosing` opening a closed one again,
`change_projectmember` another role or other dates, `delete_projectmember` taking somebody out,
`change_exchangerate` withdrawing a rate.
"""

from apps.identity.models import StaffRole

_SEES = frozenset(
    {
        "partners.view_partner",
        "oauth.view_client",
        "oauth.view_restrictedscoperequest",
        "oauth.view_tokensession",
        "identity.view_user",
        "governance.view_invitation",
        "governance.view_offboarding",
        "governance.view_projectclosing",
        "projects.view_project",
        "projects.view_buyerentity",
        "projects.view_purchasingpolicy",
        "projects.view_policyversion",
        "projects.view_approvalrule",
        "projects.view_exchangerate",
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
        "oauth.add_restrictedscoperequest",
        "governance.change_invitation",
        "projects.add_projectmember",
    }
)
# The second person, of whoever lets in what is restricted (spec 3, row scopes).
_DECIDES_SCOPES = frozenset({"oauth.change_restrictedscoperequest"})
_RUNS_PROJECTS = frozenset(
    {"projects.add_buyerentity", "projects.add_project", "projects.change_project"}
    | {"projects.add_projectmember", "projects.change_projectmember"}
)
_ENDS_PROJECTS = frozenset({"projects.delete_project", "projects.delete_projectmember"})
_THROWS_OUT = frozenset(
    {
        "partners.change_partner",
        "partners.delete_partner",
        "oauth.change_client",
        "oauth.change_tokensession",
        "governance.change_invitation",
        "identity.change_user",
        "identity.delete_user",
    }
)
# Who comes in by another's word, and as what: nobody else decides that.
_RUNS_FEDERATIONS = frozenset(
    {"identity.view_federation", "identity.add_federation", "identity.change_federation"}
    | {"oauth.view_trustedissuer", "oauth.add_trustedissuer", "oauth.change_trustedissuer"}
)
# What a role sees of a partner's record, and where partners are paid to.
_RUNS_RECORDS = frozenset(
    {"partners.view_claimrule", "partners.add_claimrule", "partners.change_claimrule"}
    | {"partners.view_bankaccountchange", "partners.change_bankaccountchange"}
    | {"partners.edit_partner", "partners.assess_partner"}
)
# What may be bought by whom, up to how much, and who must approve it.
_SETS_POLICIES = frozenset(
    {"projects.add_purchasingpolicy", "projects.change_purchasingpolicy"}
    | {"projects.add_approvalrule", "projects.change_approvalrule"}
    | {"projects.add_exchangerate", "projects.change_exchangerate"}
)
# How far deliveries and invoices may be off: whoever sets it loosens what is checked.
_SETS_TOLERANCES = frozenset(
    {"procurement.view_tolerance", "procurement.add_tolerance", "procurement.change_tolerance"}
)
_SEES_JOBS = frozenset({"ops.view_jobrun", "ops.view_jobheartbeat"})

STAFF_PERMISSIONS: dict[str, frozenset[str]] = {
    StaffRole.VIEWER: _SEES,
    StaffRole.ONBOARDING_OFFICER: _SEES | _LETS_IN,
    StaffRole.PROCUREMENT_MANAGER: _SEES
    | _READS_TRAIL
    | _RUNS_PROJECTS
    | _ENDS_PROJECTS
    | _SETS_POLICIES
    | {"partners.change_partner", "partners.edit_partner", "partners.delete_partner"}
    | {"procurement.change_purchaseorder"},
    StaffRole.SECURITY_OFFICER: _SEES
    | _READS_TRAIL
    | _THROWS_OUT
    | _ENDS_PROJECTS
    | _SEES_JOBS
    | _DECIDES_SCOPES,
    StaffRole.ADMINISTRATOR: _SEES
    | _READS_TRAIL
    | _LETS_IN
    | _DECIDES_SCOPES
    | _RUNS_PROJECTS
    | _ENDS_PROJECTS
    | _THROWS_OUT
    | _SEES_JOBS
    | _RUNS_FEDERATIONS
    | _RUNS_RECORDS
    | _SETS_TOLERANCES
    | _SETS_POLICIES
    | {"identity.add_user", "ops.run_job", "oauth.view_signingkey", "oauth.change_signingkey"}
    | {"procurement.change_purchaseorder", "procurement.delete_purchaseorder"}
    | {"procurement.change_invoice", "governance.change_projectclosing"},
}
