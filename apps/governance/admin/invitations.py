"""Whom partners have invited: what became of it, and taking one back for them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.governance.models import Invitation
from apps.governance.services.invitations import withdraw_invitation
from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import EMPTY, code, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table


def _withdraw(request: HttpRequest, invitation: Invitation, given: dict[str, Any]) -> str:
    withdraw_invitation(
        actor=actor_of(request), at=clock(), invitation=invitation, reason=given["reason"]
    )
    return f"The {invitation} is withdrawn. Its link works no more."


def _explain_withdraw(_request: HttpRequest, invitation: Invitation) -> Sequence[object]:
    return (
        "The link in the mail works no more.",
        f"An admin of {invitation.partner} can invite the same address again.",
    )


def _is_open(invitation: Invitation) -> bool:
    return invitation.accepted_at is None and invitation.cancelled_at is None


def state_of(invitation: Invitation) -> str:
    """In a word; the link of an open one works, unless whoever sent it has no access any more."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.cancelled_at is not None:
        return "withdrawn"
    if invitation.expires_at <= clock():
        return "expired"
    return "not sent" if invitation.mail_failed_at is not None else "open"


@admin.register(Invitation)
class InvitationAdmin(RecordAdmin[Invitation]):
    """The link's hash is on no page."""

    list_display = ("email", "partner", "role", "state_cell", "invited_by", "sent")
    list_filter = ("role",)
    list_select_related = ("partner", "invited_by")
    search_fields = ("email", "partner__name", "invited_by__email")
    empty_hint = "Nobody was invited lately. A partner's own admins invite, at the portal."
    acts: ClassVar[Sequence[Act[Invitation]]] = (
        Act(
            name="withdraw",
            label="Withdraw",
            permission="governance.change_invitation",
            explain=_explain_withdraw,
            perform=_withdraw,
            applies=_is_open,
            takes_away=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return super().get_queryset(request).defer("token_sha256")

    @admin.display(description="State")
    def state_cell(self, invitation: Invitation) -> SafeString:
        state = state_of(invitation)
        return tag(state, "bad" if state == "not sent" else None)

    @admin.display(description="Sent", ordering="sent_at")
    def sent(self, invitation: Invitation) -> SafeString | str:
        return when(invitation.sent_at)

    def facts(self, _request: HttpRequest, invitation: Invitation) -> Facts:
        return (
            ("State", self.state_cell(invitation)),
            ("Id", code(invitation.public_id)),
            ("Partner", to(invitation.partner)),
            ("Name", invitation.name or EMPTY),
            ("Role", invitation.get_role_display()),
            ("Invited by", to(invitation.invited_by)),
            ("Invited", when(invitation.created_at)),
            ("Sent last", when(invitation.sent_at)),
            ("The link works until", when(invitation.expires_at)),
            ("Accepted", when(invitation.accepted_at)),
            ("Withdrawn", when(invitation.cancelled_at)),
        )

    def tables(self, request: HttpRequest, invitation: Invitation) -> Sequence[Table]:
        return trail_table(request, invitation.public_id)
