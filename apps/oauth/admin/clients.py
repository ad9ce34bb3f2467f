"""Clients: registering one, its state, its secrets, its sessions."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.identity.admin.acts import OnceForm, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, codes, day, many, stack, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.identity.models import User
from apps.oauth.admin.client_acts import ACTS
from apps.oauth.admin.client_forms import ClientForm, chosen_metadata
from apps.oauth.admin.forms import chosen_reasons, chosen_scopes, withhold_approver
from apps.oauth.admin.secrets import secret_page
from apps.oauth.admin.tables import live_sessions_of
from apps.oauth.admin.waiting import requests_table, waits_for
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod, GrantType, Profile
from apps.oauth.policy.kinds import client_kind
from apps.oauth.selectors import live_sessions
from apps.oauth.services import register_client
from apps.partners.models import Role
from apps.partners.policy import is_unbounded

Given = dict[str, Any]


UNITS = ((24 * 3600, "day"), (3600, "hour"), (60, "minute"))


def span(seconds: int) -> str:
    """`7 days`: in the largest unit that says it exactly."""
    for size, name in UNITS:
        if seconds % size == 0:
            return many(seconds // size, name)
    return many(seconds, "second")


def lifetimes(client: Client) -> str:
    token, idle, most = (
        span(seconds)
        for seconds in (
            client.access_token_seconds,
            client.refresh_idle_seconds,
            client.session_seconds,
        )
    )
    return f"Token {token}, unused session {idle}, any session {most}"


def _speaker(client: Client) -> SafeString:
    """The issuer that signs its assertions, and the name by which it speaks of the client."""
    issuer, subject = client.client_assertion_issuer, client.client_assertion_subject
    return format_html("{} as {}", to(issuer), code(subject)) if issuer else SafeString("")


def scopes_with_reasons(client: Client) -> SafeString | str:
    """What it may ask for, and why, as far as somebody said so."""
    return stack(
        format_html("{} {}", code(name), client.scope_reasons.get(name, ""))
        for name in client.allowed_scopes
    )


def optional_facts(client: Client) -> Iterator[tuple[str, object]]:
    """What most clients have nothing of is named only where there is something."""
    demands = (
        ("an extra API key", client.api_key_hash),
        ("tokens bound to its key (DPoP)", client.dpop_bound_access_tokens),
        ("pushed requests (PAR)", client.require_pushed_authorization_requests),
    )
    keys = (client.client_jwks or {}).get("keys", [])
    named = [key.get("kid") or f"{key['kty']} without a name" for key in keys]
    facts: tuple[tuple[str, object, object], ...] = (
        ("Profile", client.profile != Profile.STANDARD, client.get_profile_display()),
        ("Demands", any(on for _, on in demands), stack(name for name, on in demands if on)),
        ("Its keys", keys, stack(code(name) for name in named)),
        ("Its keys are at", client.client_jwks_uri, code(client.client_jwks_uri)),
        ("Its keys are of", client.did, code(client.did)),
        ("Proved by", client.client_assertion_issuer, _speaker(client)),
        ("ID tokens", True, code(client.id_token_signed_response_alg)),
        ("Userinfo", client.userinfo_signed_response_alg, client.userinfo_signed_response_alg),
        ("Token answers", client.vendor_claims_in_token_response, "Tell of the partner's record"),
        ("After signing out", client.post_logout_redirect_uris,
         stack(code(uri) for uri in client.post_logout_redirect_uris.split())),
        ("Hears of sign-outs at", client.backchannel_logout_uri,
         code(client.backchannel_logout_uri)),
        ("Its web pages", client.allowed_origins,
         stack(code(origin) for origin in client.allowed_origins.split())),
        ("Resources", client.allowed_resources, stack(map(code, client.allowed_resources))),
        ("Networks", client.networks, stack(map(code, client.networks))),
    )  # fmt: skip
    return ((name, value) for name, there, value in facts if there)


class ClientAdmin(AddableAdmin[Client]):
    """The secret's hashes are on no page of this class."""

    list_display = ("name", "id_cell", "partner", "status_cell", "live", "last_token")
    list_filter = ("status", "kind", "environment", "role", "is_resource_server")
    list_select_related = ("partner",)
    search_fields = ("name", "client_id", "partner__name", "user__email")
    empty_hint = "No client yet. Onboarding a partner makes its first one."
    add_form = ClientForm
    step_up = True
    add_title = "Register a client"
    add_button = "Register"
    add_intro = "For a new partner, use “Onboard a partner” instead: it makes the client too."
    acts = ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        rows = super().get_queryset(request).defer("client_secret")
        mine = live_sessions(at=clock()).filter(client=OuterRef("pk")).order_by()
        counts = mine.values("client").annotate(n=Count("pk")).values("n")
        latest = mine.model.objects.filter(client=OuterRef("pk")).order_by("-last_used_at")
        return rows.annotate(
            live_count=Coalesce(Subquery(counts), 0),
            token_at=Subquery(latest.exclude(last_used_at=None).values("last_used_at")[:1]),
        )

    def form_to_add(self, request: HttpRequest) -> OnceForm:
        form = super().form_to_add(request)
        if not is_unbounded(actor_of(request)):
            withhold_approver(form)
        return form

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
        return day(getattr(client, "token_at", None))

    def facts(self, _request: HttpRequest, client: Client) -> Facts:
        return (
            ("Status", tag(client.status)),
            ("Client id", code(client.client_id)),
            ("Partner", to(client.partner) if client.partner else "The buyer's own"),
            ("Kind", client.get_kind_display()),
            ("For", client.get_people_display()),
            ("Environment", client.get_environment_display()),
            ("Role", client.get_role_display()),
            ("Owner", client.user or EMPTY),
            ("Grants", codes(client.grant_types)),
            ("Authentication", code(client.token_endpoint_auth_method)),
            ("Scopes", scopes_with_reasons(client)),
            ("Redirect URIs", stack(code(uri) for uri in client.redirect_uris.split())),
            ("Projects", stack(to(project) for project in client.projects.all())),
            ("Lifetimes", lifetimes(client)),
            ("Registered", when(client.created)),
            ("Expires", when(client.expires_at)),
            ("Previous secret until", when(client.previous_secret_expires_at)),
            ("Resource server", f"Yes, for {client.audience}" if client.audience else "No"),
            *optional_facts(client),
        )

    def tables(self, request: HttpRequest, client: Client) -> Sequence[Table]:
        query = f"client__id__exact={client.pk}"
        return (
            *requests_table(client, at=clock()),
            live_sessions_of(client.sessions.all(), at=clock(), query=query),
            *trail_table(request, client.client_id),
        )

    def add(self, request: HttpRequest, given: Given) -> HttpResponseBase:
        grants = [GrantType(name) for name in given["grant_types"]]
        owner = request.user if isinstance(request.user, User) else None
        scopes = chosen_scopes(given, partner=given["partner"], grants=grants)
        new = register_client(
            actor=actor_of(request),
            at=clock(),
            name=given["name"],
            kind=client_kind(given["partner"]),
            auth_method=AuthMethod(given["auth_method"]),
            grant_types=grants,
            scopes=scopes,
            reasons=chosen_reasons(given, scopes),
            role=Role(given["role"]) if given["role"] else None,
            partner=given["partner"],
            projects=list(given["projects"]),
            redirect_uris=given["redirect_uris"],
            is_resource_server=given["is_resource_server"],
            owner=owner,
            metadata=chosen_metadata(given),
            with_api_key=given["with_api_key"],
        )
        return secret_page(
            self,
            request,
            title=f"{new.client} is registered",
            client=new.client,
            secret=new.secret,
            api_key=new.api_key,
            note=waits_for(new.request),
        )
