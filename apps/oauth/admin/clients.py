"""Clients: registering one, its state, its secrets, its sessions."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, codes, many, stack, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.identity.models import User
from apps.oauth.admin.forms import ClientForm, RotateForm, chosen_scopes
from apps.oauth.admin.secrets import secret_page
from apps.oauth.admin.tables import live_sessions_of
from apps.oauth.models import Client, ClientStatus
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.kinds import client_kind
from apps.oauth.selectors import live_sessions
from apps.oauth.services import (
    end_client_sessions,
    register_client,
    resume_client,
    rotate_secret,
    suspend_client,
)
from apps.partners.models import Role

Given = dict[str, Any]


def _live_sessions_end(client: Client) -> str:
    count = live_sessions(at=clock()).filter(client=client).count()
    return f"Ends at once, in every process: {many(count, 'live session')}."


def _suspend(request: HttpRequest, client: Client, given: Given) -> str:
    ended = suspend_client(
        actor=actor_of(request), at=clock(), client=client, reason=given["reason"]
    )
    return f"{client} is suspended; {many(ended, 'live session')} ended."


def _resume(request: HttpRequest, client: Client, given: Given) -> str:
    resume_client(actor=actor_of(request), at=clock(), client=client, reason=given["reason"])
    return f"{client} may ask for tokens again. No earlier session came back."


def _end_sessions(request: HttpRequest, client: Client, given: Given) -> str:
    ended = end_client_sessions(
        actor=actor_of(request), at=clock(), client=client, reason=given["reason"]
    )
    return f"{many(ended, 'live session')} of {client} ended. It may ask for new tokens."


def _rotate(request: HttpRequest, client: Client, given: Given) -> HttpResponseBase:
    rotated = rotate_secret(
        actor=actor_of(request),
        at=clock(),
        client=client,
        overlap=timedelta(hours=given["overlap_hours"]),
    )
    until = f"{rotated.previous_expires_at:%-d %B %Y, %H:%M} UTC"
    return secret_page(
        admin.site.get_model_admin(Client),
        request,
        title=f"New secret for {client}",
        client=client,
        secret=rotated.secret,
        note=f"The previous secret is accepted until {until}.",
    )


def _explain_suspend(_request: HttpRequest, client: Client) -> Sequence[object]:
    return (
        _live_sessions_end(client),
        "No new token is issued to this client until somebody resumes it.",
    )


def _explain_resume(_request: HttpRequest, _client: Client) -> Sequence[object]:
    return ("The client may ask for new tokens.", "No session from before comes back.")


def _explain_end(_request: HttpRequest, client: Client) -> Sequence[object]:
    return (
        _live_sessions_end(client),
        "The client stays active and may ask for new tokens.",
    )


def _explain_rotate(_request: HttpRequest, client: Client) -> Sequence[object]:
    lines = ["A new secret is made and shown once; the present one works on for the hours given."]
    if client.previous_secret and client.previous_secret_expires_at:
        until = f"{client.previous_secret_expires_at:%-d %B %Y, %H:%M} UTC"
        lines.append(f"The one before, still accepted until {until}, ends now: two live at most.")
    return lines


@admin.register(Client)
class ClientAdmin(AddableAdmin[Client]):
    """The secret's hashes are on no page of this class."""

    list_display = ("name", "id_cell", "partner", "status_cell", "live", "last_token")
    list_filter = ("status", "kind", "role", "is_resource_server")
    list_select_related = ("partner",)
    search_fields = ("name", "client_id", "partner__name", "user__email")
    empty_hint = "No client yet. Onboarding a partner makes its first one."
    add_form = ClientForm
    add_title = "Register a client"
    add_button = "Register"
    add_intro = "For a new partner, use “Onboard a partner” instead: it makes the client too."
    acts: ClassVar[Sequence[Act[Client]]] = (
        Act(
            name="rotate",
            label="Rotate secret",
            permission="oauth.change_client",
            explain=_explain_rotate,
            perform=_rotate,
            form=RotateForm,
            applies=lambda client: not client.is_public and client.status != ClientStatus.DISABLED,
        ),
        Act(
            name="resume",
            label="Resume",
            permission="oauth.change_client",
            explain=_explain_resume,
            perform=_resume,
            applies=lambda client: client.status == ClientStatus.SUSPENDED,
        ),
        Act(
            name="end-sessions",
            label="End sessions",
            permission="oauth.change_client",
            explain=_explain_end,
            perform=_end_sessions,
            takes_away=True,
            applies=lambda client: client.status == ClientStatus.ACTIVE,
        ),
        Act(
            name="suspend",
            label="Suspend",
            permission="oauth.change_client",
            explain=_explain_suspend,
            perform=_suspend,
            takes_away=True,
            applies=lambda client: client.status == ClientStatus.ACTIVE,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        rows = super().get_queryset(request).defer("client_secret")
        mine = live_sessions(at=clock()).filter(client=OuterRef("pk")).order_by()
        counts = mine.values("client").annotate(n=Count("pk")).values("n")
        latest = mine.model.objects.filter(client=OuterRef("pk")).order_by("-last_used_at")
        return rows.annotate(
            live_count=Coalesce(Subquery(counts), 0),
            token_at=Subquery(latest.exclude(last_used_at=None).values("last_used_at")[:1]),
        )

    @admin.display(description="Client id", ordering="client_id")
    def id_cell(self, client: Client) -> SafeString | str:
        return code(client.client_id)

    @admin.display(description="Status", ordering="status")
    def status_cell(self, client: Client) -> SafeString:
        return tag(client.status)

    @admin.display(description="Live sessions", ordering="live_count")
    def live(self, client: Client) -> int:
        return int(getattr(client, "live_count", 0))

    @admin.display(description="Last token", ordering="token_at")
    def last_token(self, client: Client) -> SafeString | str:
        return when(getattr(client, "token_at", None))

    def facts(self, _request: HttpRequest, client: Client) -> Facts:
        return (
            ("Status", tag(client.status)),
            ("Client id", code(client.client_id)),
            ("Partner", to(client.partner) if client.partner else "The buyer's own"),
            ("Kind", client.get_kind_display()),
            ("Role", client.get_role_display()),
            ("Owner", client.user or EMPTY),
            ("Grants", codes(client.grant_types)),
            ("Authentication", code(client.token_endpoint_auth_method)),
            ("Scopes", codes(client.allowed_scopes)),
            ("Redirect URIs", stack(code(uri) for uri in client.redirect_uris.split())),
            ("Projects", stack(to(project) for project in client.projects.all())),
            ("Token lifetime", f"{client.access_token_seconds} seconds"),
            ("Registered", when(client.created)),
            ("Expires", when(client.expires_at)),
            ("Previous secret until", when(client.previous_secret_expires_at)),
            ("Resource server", f"Yes, for {client.audience}" if client.audience else "No"),
        )

    def tables(self, request: HttpRequest, client: Client) -> Sequence[Table]:
        query = f"client__id__exact={client.pk}"
        return (
            live_sessions_of(client.sessions.all(), at=clock(), query=query),
            *trail_table(request, client.client_id),
        )

    def add(self, request: HttpRequest, given: Given) -> HttpResponseBase:
        grants = [GrantType(name) for name in given["grant_types"]]
        owner = request.user if isinstance(request.user, User) else None
        new = register_client(
            actor=actor_of(request),
            at=clock(),
            name=given["name"],
            kind=client_kind(given["partner"]),
            auth_method=AuthMethod(given["auth_method"]),
            grant_types=grants,
            scopes=chosen_scopes(given, partner=given["partner"], grants=grants),
            role=Role(given["role"]) if given["role"] else None,
            partner=given["partner"],
            projects=list(given["projects"]),
            redirect_uris=given["redirect_uris"].split(),
            is_resource_server=given["is_resource_server"],
            owner=owner,
        )
        return secret_page(
            self,
            request,
            title=f"{new.client} is registered",
            client=new.client,
            secret=new.secret,
            note="",
        )
