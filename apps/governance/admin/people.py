"""People who can sign in: staff, and those who act for partners."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from apps.governance.admin.forms import StaffForm
from apps.governance.admin.offboardings import plan_lines
from apps.governance.admin.ways_in import WAYS_IN
from apps.governance.selectors import plan_deactivation, plan_offboarding
from apps.governance.services.deactivation import deactivate_person, reactivate_person
from apps.governance.services.offboarding import offboard_user
from apps.governance.services.onboarding import add_person
from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import (
    EMPTY,
    code,
    day,
    link,
    many,
    record_url,
    stack,
    tag,
    to,
    when,
)
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.identity.models import StaffRole, User
from apps.oauth.admin.tables import live_sessions_of


def _offboard(request: HttpRequest, user: User, given: dict[str, Any]) -> HttpResponseBase:
    evidence = offboard_user(actor=actor_of(request), at=clock(), user=user, reason=given["reason"])
    return redirect(record_url(evidence))


def _deactivate(request: HttpRequest, user: User, given: dict[str, Any]) -> str:
    counts = deactivate_person(
        actor=actor_of(request), at=clock(), user=user, reason=given["reason"]
    )
    ended = f"{many(counts['sessions'], 'live session')} and {many(counts['sign_ins'], 'sign-in')}"
    taken_back = many(counts["invitations"], "invitation")
    return f"{user} has no access from now on: {ended} ended, {taken_back} taken back."


def _reactivate(request: HttpRequest, user: User, given: dict[str, Any]) -> str:
    reactivate_person(actor=actor_of(request), at=clock(), user=user, reason=given["reason"])
    return f"{user} may sign in again. No session from before came back."


def _explain_deactivate(_request: HttpRequest, user: User) -> Sequence[object]:
    counts = plan_deactivation(user, at=clock())
    sessions = many(counts["sessions"], "live session")
    access = many(counts["access_tokens"], "access token")
    refresh = many(counts["refresh_tokens"], "refresh token")
    codes = many(counts["authorization_codes"], "unredeemed code")
    sign_ins = many(counts["sign_ins"], "sign-in")
    taken_back = many(counts["invitations"], "invitation")
    return (
        f"Ends at once, in every process: {sessions}, with {access}, {refresh} and {codes}.",
        f"Ends {sign_ins} in browsers, and takes back {taken_back} that they sent.",
        f"{many(counts['owned_clients'], 'owned client')}: go on working.",
        "Their passkeys and other ways to sign in stay, for when they come back.",
        "It can be undone; that revives no sign-in and no session. Offboarding is for good.",
    )


def _explain_reactivate(_request: HttpRequest, _user: User) -> Sequence[object]:
    return ("They may sign in again.", "No sign-in and no session from before comes back.")


def _explain(_request: HttpRequest, user: User) -> Sequence[object]:
    return plan_lines(plan_offboarding(user, at=clock()))


@admin.register(User)
class PersonAdmin(AddableAdmin[User]):
    """Passwords and permissions are on no page: a role is given when a person is added."""

    list_display = ("email", "name", "belongs", "role", "status", "signed_in")
    list_filter = ("is_staff", "is_active", "groups")
    list_select_related = ("partner_user__partner",)
    search_fields = ("email", "name", "partner_user__partner__name")
    ordering = ("email",)
    add_form = StaffForm
    add_title = "Add a member of staff"
    add_button = "Add"
    step_up = True
    add_intro = "For somebody who acts for a partner, open the partner and add the person there."
    acts: ClassVar[Sequence[Act[User]]] = (
        Act(
            name="reactivate",
            label="Reactivate",
            step_up=True,
            permission="identity.change_user",
            explain=_explain_reactivate,
            perform=_reactivate,
            applies=lambda user: not user.is_active and user.offboarded_at is None,
        ),
        Act(
            name="deactivate",
            label="Deactivate",
            permission="identity.change_user",
            explain=_explain_deactivate,
            perform=_deactivate,
            takes_away=True,
            applies=lambda user: user.is_active,
        ),
        Act(
            name="offboard",
            step_up=True,
            label="Offboard",
            permission="identity.delete_user",
            explain=_explain,
            perform=_offboard,
            takes_away=True,
            applies=lambda user: user.offboarded_at is None,
        ),
        *WAYS_IN,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Belongs to", ordering="partner_user__partner__name")
    def belongs(self, user: User) -> SafeString | str:
        acting = getattr(user, "partner_user", None)
        return to(acting.partner) if acting else ("The buyer" if user.is_staff else EMPTY)

    @admin.display(description="Role")
    def role(self, user: User) -> SafeString | str:
        acting = getattr(user, "partner_user", None)
        if acting:
            return str(acting.get_role_display())
        labels = dict(StaffRole.choices)
        return stack(labels.get(group.name, group.name) for group in user.groups.all())

    @admin.display(description="Sign-in", ordering="is_active")
    def status(self, user: User) -> SafeString:
        if user.offboarded_at:
            return tag("offboarded")
        return tag("active" if user.is_active else "disabled")

    @admin.display(description="Last sign-in", ordering="last_login")
    def signed_in(self, user: User) -> SafeString | str:
        return day(user.last_login)

    def facts(self, _request: HttpRequest, user: User) -> Facts:
        evidence = getattr(user, "offboarding", None)
        return (
            ("Sign-in", self.status(user)),
            ("E-mail", user.email),
            ("Name", user.name or EMPTY),
            ("Id", code(user.public_id)),
            ("Belongs to", self.belongs(user)),
            ("Role", self.role(user)),
            ("Added", when(user.created_at)),
            ("Last sign-in", when(user.last_login)),
            ("Owns clients", stack(to(client) for client in user.owned_clients.all()[:20])),
            ("Offboarding", link("Evidence", record_url(evidence)) if evidence else EMPTY),
        )

    def tables(self, request: HttpRequest, user: User) -> Sequence[Table]:
        query = f"user__id__exact={user.pk}"
        return (
            live_sessions_of(user.token_sessions.all(), at=clock(), query=query),
            *trail_table(request, user.public_id),
        )

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        user = add_person(
            actor=actor_of(request),
            at=clock(),
            email=given["email"],
            password=given["password"],
            name=given["name"],
            staff_role=StaffRole(given["staff_role"]),
        )
        return f"{user} may sign in."
