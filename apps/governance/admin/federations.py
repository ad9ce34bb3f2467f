"""Providers upstream in the admin: set up, changed, switched off and on. The secret has no page."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.core.errors import NotFoundError
from apps.governance.admin.federation_forms import AddFederationForm, ChangeFederationForm
from apps.governance.services.federation import (
    add_federation,
    change_federation,
    counts_of,
    deactivate_federation,
    reactivate_federation,
)
from apps.identity.admin.acts import actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import code, codes, many, record_url, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.switched import Deed, switched_acts
from apps.identity.admin.trail import trail_table
from apps.identity.models import Federation, StaffRole
from apps.oauth.admin.tables import live_sessions_of
from apps.partners.models import Role
from apps.partners.selectors import partner_by_public_id

SHOWN = 20


def _change(request: HttpRequest, federation: Federation, given: dict[str, Any]) -> str:
    change_federation(actor=actor_of(request), at=clock(), federation=federation, **given)
    return f"{federation} is changed."


def _explain_change(_request: HttpRequest, _federation: Federation) -> Sequence[object]:
    return (
        "The discovery document is read and checked again.",
        "Who signs in from now on is judged anew. Whoever has signed in stays.",
    )


def _deactivate(request: HttpRequest, federation: Federation, given: dict[str, Any]) -> str:
    counts = deactivate_federation(
        actor=actor_of(request), at=clock(), federation=federation, reason=given["reason"]
    )
    return f"{federation} is deactivated; {many(counts['sessions'], 'session')} ended."


def _explain_deactivation(_request: HttpRequest, federation: Federation) -> Sequence[object]:
    counts = counts_of(federation, at=clock())
    alone = counts["people_without_another_way_in"]
    return (
        f"{many(counts['people'], 'linked account')}: no sign-in by it any more.",
        f"{alone} of them have no other way to sign in; each can be given one on their page.",
        f"{many(counts['sessions'], 'session')} and every sign-in that rests on it: ended.",
        "It can be reactivated; what has ended does not come back.",
    )


def _reactivate(request: HttpRequest, federation: Federation, given: dict[str, Any]) -> str:
    reactivate_federation(
        actor=actor_of(request), at=clock(), federation=federation, reason=given["reason"]
    )
    return f"People can sign in by {federation} again."


def _explain_reactivation(_request: HttpRequest, _federation: Federation) -> Sequence[object]:
    return ("People sign in by it again, as its rules say. No session from before comes back.",)


@admin.register(Federation)
class FederationAdmin(AddableAdmin[Federation]):
    list_display = ("name", "preset", "issuer", "state", "people")
    search_fields = ("name", "issuer")
    empty_hint = "Nobody signs in by another's word: people have their passwords here."
    add_form = AddFederationForm
    add_title = "Let people in by a provider"
    add_button = "Check and add it"
    step_up = True
    add_intro = "Its discovery document is read and checked before anything is stored."
    acts = switched_acts(
        permission="identity.change_federation",
        form=ChangeFederationForm,
        change=Deed(_explain_change, _change),
        off=Deed(_explain_deactivation, _deactivate),
        on=Deed(_explain_reactivation, _reactivate),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Federation]:
        rows = super().get_queryset(request).defer("client_secret")
        return rows.annotate(number=Count("identities"))

    @admin.display(description="State", ordering="is_active")
    def state(self, federation: Federation) -> SafeString:
        return tag("active" if federation.is_active else "disabled")

    @admin.display(description="Linked accounts")
    def people(self, federation: Federation) -> int:
        return int(getattr(federation, "number", 0))

    def facts(self, _request: HttpRequest, federation: Federation) -> Facts:
        back = reverse("openid_connect_callback", args=[federation.slug])
        return (
            ("State", self.state(federation)),
            ("Provider", federation.get_preset_display()),
            ("Issuer", code(federation.issuer)),
            ("Client id", code(federation.client_id)),
            ("Redirect URI to enter there", code(f"{settings.PUBLIC_URL}{back}")),
            ("May vouch for", codes(federation.allowed_domains)),
            ("Added", when(federation.created_at)),
        )

    def tables(self, request: HttpRequest, federation: Federation) -> Sequence[Table]:
        rules = [
            (code(rule["claim"]), code(rule["value"]), _who(rule), _role(rule))
            for rule in federation.rules
        ]
        identities = federation.identities.select_related("user").defer(
            "access_token", "refresh_token"
        )
        people = [
            (
                to(one.user),
                one.email,
                "it" if one.made_person else "themselves",
                when(one.confirmed_at),
            )
            for one in identities[:SHOWN]
        ]
        head = ("Person", "There", "Linked by", "Confirmed")
        query = f"federation__id__exact={federation.pk}"
        return (
            Table("Rules", ("Claim", "Value", "Belongs to", "As"), rules, "None: nobody comes in."),
            Table("People", head, people, "Nobody has signed in by it yet."),
            live_sessions_of(federation.token_sessions.all(), at=clock(), query=query),
            *trail_table(request, federation.public_id),
        )

    def add(self, request: HttpRequest, given: dict[str, Any]) -> HttpResponseBase:
        federation = add_federation(actor=actor_of(request), at=clock(), **given)
        return redirect(record_url(federation))


def _who(rule: dict[str, str]) -> SafeString | str:
    if rule.get("staff_role"):
        return "The buyer"
    try:
        return to(partner_by_public_id(rule["partner"]))
    except NotFoundError:
        return rule["partner"]


def _role(rule: dict[str, str]) -> str:
    labels = {**dict(Role.choices), **dict(StaffRole.choices)}
    given = rule.get("staff_role") or rule["role"]
    return str(labels.get(given, given))
