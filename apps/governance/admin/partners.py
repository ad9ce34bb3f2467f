"""Partners: letting one in, holding it back, throwing it out."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from apps.governance.admin.forms import OnboardForm, PartnerPersonForm, PortalRolesForm
from apps.governance.admin.offboardings import plan_lines
from apps.governance.selectors import plan_offboarding, sessions_of
from apps.governance.services.offboarding import offboard_partner
from apps.governance.services.onboarding import MACHINE, add_person, onboard_partner
from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, day, link, many, record_url, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.admin.forms import chosen_reasons, chosen_scopes
from apps.oauth.admin.secrets import secret_page
from apps.oauth.admin.tables import client_table, live_sessions_of
from apps.oauth.models import Client
from apps.oauth.selectors import live_sessions
from apps.partners.admin.bank_acts import PROPOSE
from apps.partners.admin.edit import ASSESS, EDIT
from apps.partners.admin.groups import group_tables, internal_facts, profile_facts, sees
from apps.partners.models import Partner, PartnerKind, Role
from apps.partners.policy import portal_roles
from apps.partners.services import resume_partner, set_portal_roles, suspend_partner
from apps.partners.states import MOVES, ClaimGroup, PartnerStatus
from apps.procurement.admin.spending import partner_spending
from apps.projects.models import ProjectMember

Given = dict[str, Any]


def _suspend(request: HttpRequest, partner: Partner, given: Given) -> str:
    suspend_partner(actor=actor_of(request), at=clock(), partner=partner, reason=given["reason"])
    return f"{partner} is suspended. Its clients and people are refused from now on."


def _resume(request: HttpRequest, partner: Partner, given: Given) -> str:
    resume_partner(actor=actor_of(request), at=clock(), partner=partner, reason=given["reason"])
    return f"{partner} may ask for new access. No earlier session came back."


def _offboard(request: HttpRequest, partner: Partner, given: Given) -> HttpResponseBase:
    evidence = offboard_partner(
        actor=actor_of(request), at=clock(), partner=partner, reason=given["reason"]
    )
    return redirect(record_url(evidence))


def _add_person(request: HttpRequest, partner: Partner, given: Given) -> str:
    user = add_person(
        actor=actor_of(request),
        at=clock(),
        email=given["email"],
        password=given["password"],
        name=given["name"],
        partner=partner,
        role=given["role"],
    )
    return f"{user} may sign in and acts for {partner}."


def _portal_roles(request: HttpRequest, partner: Partner, given: Given) -> str:
    set_portal_roles(actor=actor_of(request), at=clock(), partner=partner, roles=given["roles"])
    return f"{partner}'s own admins may give: {_portal_roles_of(partner)}."


def _explain_suspend(_request: HttpRequest, partner: Partner) -> Sequence[object]:
    live = live_sessions(at=clock()).filter(pk__in=sessions_of(partner).values("pk")).count()
    return (
        f"Ends at once, in every process: {many(live, 'live session')} of clients and people.",
        "Nobody of it gets a new token until somebody resumes it. Resuming revives no session.",
    )


def _explain_resume(_request: HttpRequest, _partner: Partner) -> Sequence[object]:
    return (
        "Its active clients and people may ask for new tokens.",
        "No session from before comes back.",
    )


def _explain_offboard(_request: HttpRequest, partner: Partner) -> Sequence[object]:
    return plan_lines(plan_offboarding(partner, at=clock()))


def _explain_portal_roles(_request: HttpRequest, partner: Partner) -> Sequence[object]:
    return (
        f"What an admin of {partner} may make of its people, and of those they invite.",
        "Who has a role keeps it, and whoever has one that is not ticked is out of their reach.",
        "Invitations to a role that is taken out no longer work.",
    )


def _portal_roles_of(partner: Partner) -> str:
    return ", ".join(role.label for role in portal_roles(partner)) or "none"


def _explain_person(_request: HttpRequest, partner: Partner) -> Sequence[object]:
    return (f"A person who can sign in, sees what is {partner}'s and lets apps act for it.",)


@admin.register(Partner)
class PartnerAdmin(AddableAdmin[Partner]):
    list_display = ("name", "kind", "status_cell", "live", "client_count", "created")
    list_filter = ("status", "kind")
    search_fields = ("name", "legal_name", "people__user__email")
    empty_hint = "No partner yet. “Onboard a partner” lets the first one in."
    add_form = OnboardForm
    add_title = "Onboard a partner"
    add_button = "Onboard"
    step_up = True
    add_intro = (
        "The partner, its contact, its place in the projects and its first client are made in one "
        "act. The client's secret is shown once, on the next page."
    )
    acts: ClassVar[Sequence[Act[Partner]]] = (
        EDIT,
        ASSESS,
        PROPOSE,
        Act(
            name="add-person",
            step_up=True,
            label="Add a person",
            permission="partners.add_partneruser",
            explain=_explain_person,
            perform=_add_person,
            form=PartnerPersonForm,
            applies=lambda partner: partner.is_live,
        ),
        Act(
            name="portal-roles",
            step_up=True,
            label="Portal roles",
            permission="partners.change_partner",
            explain=_explain_portal_roles,
            perform=_portal_roles,
            form=PortalRolesForm,
            applies=lambda partner: partner.kind == PartnerKind.VENDOR and partner.is_live,
        ),
        Act(
            name="resume",
            step_up=True,
            label="Resume",
            permission="partners.change_partner",
            explain=_explain_resume,
            perform=_resume,
            applies=lambda partner: partner.status == PartnerStatus.SUSPENDED,
        ),
        Act(
            name="suspend",
            label="Suspend",
            permission="partners.change_partner",
            explain=_explain_suspend,
            perform=_suspend,
            takes_away=True,
            applies=lambda partner: PartnerStatus.SUSPENDED in MOVES[partner.status],
        ),
        Act(
            name="offboard",
            step_up=True,
            label="Offboard",
            permission="partners.delete_partner",
            explain=_explain_offboard,
            perform=_offboard,
            takes_away=True,
            applies=lambda partner: PartnerStatus.OFFBOARDED in MOVES[partner.status],
        ),
    )

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Who does not see contacts does not find partners by them either."""
        fields = tuple(super().get_search_fields(request))
        return (*fields, "contacts__email") if sees(request, ClaimGroup.CONTACTS) else fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        live = live_sessions(at=clock()).filter(partner=OuterRef("pk")).order_by()
        clients = Client.objects.filter(partner=OuterRef("pk")).order_by()
        return (
            super()
            .get_queryset(request)
            .annotate(
                live_count=Coalesce(
                    Subquery(live.values("partner").annotate(n=Count("pk")).values("n")), 0
                ),
                clients_count=Coalesce(
                    Subquery(clients.values("partner").annotate(n=Count("pk")).values("n")), 0
                ),
            )
        )

    @admin.display(description="Status", ordering="status")
    def status_cell(self, partner: Partner) -> SafeString:
        return tag(partner.status)

    @admin.display(description="Live sessions", ordering="live_count")
    def live(self, partner: Partner) -> int:
        return int(getattr(partner, "live_count", 0))

    @admin.display(description="Clients", ordering="clients_count")
    def client_count(self, partner: Partner) -> int:
        return int(getattr(partner, "clients_count", 0))

    @admin.display(description="Since", ordering="created_at")
    def created(self, partner: Partner) -> SafeString | str:
        return day(partner.created_at)

    def facts(self, request: HttpRequest, partner: Partner) -> Facts:
        evidence = getattr(partner, "offboarding", None)
        return (
            ("Status", tag(partner.status)),
            ("Kind", partner.get_kind_display()),
            ("Id", code(partner.public_id)),
            ("Its admins may give", _portal_roles_of(partner)),
            *profile_facts(partner),
            *internal_facts(request, partner),
            ("Since", when(partner.created_at)),
            ("Offboarding", link("Evidence", record_url(evidence)) if evidence else EMPTY),
        )

    def tables(self, request: HttpRequest, partner: Partner) -> Sequence[Table]:
        query = f"partner__id__exact={partner.pk}"
        clients = partner.clients.all()[:20]
        return (
            _people(partner),
            client_table(
                clients, query=query, empty="No client yet: register one to let it call the API."
            ),
            live_sessions_of(sessions_of(partner), at=clock(), query=query),
            _projects(partner),
            *partner_spending(request, partner),
            *group_tables(request, partner),
            *trail_table(request, partner.public_id),
        )

    def add(self, request: HttpRequest, given: Given) -> HttpResponseBase:
        scopes = chosen_scopes(given, partner=Partner(kind=given["kind"]), grants=MACHINE)
        done = onboard_partner(
            actor=actor_of(request),
            at=clock(),
            name=given["name"],
            kind=given["kind"],
            contact_email=given["contact_email"],
            role=Role(given["role"]) if given["role"] else None,
            scopes=scopes,
            reasons=chosen_reasons(given, scopes),
            projects=list(given["projects"]),
        )
        return secret_page(
            self,
            request,
            title=f"{done.partner} is onboarded",
            client=done.client,
            secret=done.client_secret,
            note="",
        )


def _people(partner: Partner) -> Table:
    rows = [
        (
            to(person.user),
            person.user.name or EMPTY,
            person.get_role_display(),
            tag("active" if person.user.is_active else "ended"),
        )
        for person in partner.people.select_related("user").order_by("user__email")[:20]
    ]
    head = ("Person", "Name", "Role", "Sign-in")
    return Table("People", head, rows, "Nobody yet. “Add a person” lets somebody sign in for it.")


def _projects(partner: Partner) -> Table:
    members = ProjectMember.objects.filter(partner=partner).select_related("project")
    rows = [
        (
            to(member.project),
            tag(member.project.status),
            when(member.valid_from),
            when(member.access_until),
        )
        for member in members.order_by("project__number")[:20]
    ]
    empty = "In no project: its sessions can do nothing. Add it as a member on a project's page."
    return Table("Projects", ("Project", "Status", "From", "Until"), rows, empty)
