"""Trusted issuers: whose word about people and clients counts here, and taking that back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.acts import actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import code, codes, many, stack, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.switched import Deed, switched_acts
from apps.identity.admin.trail import trail_table
from apps.oauth.admin.issuer_forms import FIELDS, ChangeIssuerForm, IssuerForm
from apps.oauth.admin.tables import SHOWN, client_table, live_sessions_of
from apps.oauth.models import TokenSession, TrustedIssuer
from apps.oauth.policy.issuers import IssuerTerms
from apps.oauth.selectors import live_sessions, rests_on
from apps.oauth.services.issuers import (
    add_issuer,
    change_issuer,
    deactivate_issuer,
    reactivate_issuer,
)

WHOSE = "Every client of the same side with the grant"


def _change(request: HttpRequest, issuer: TrustedIssuer, given: dict[str, Any]) -> str:
    change_issuer(
        actor=actor_of(request),
        at=clock(),
        issuer=issuer,
        name=given["name"],
        audiences=given["audiences"],
        presenters=given["presenters"],
        subject_claim=given["subject_claim"],
        jwks_uri=given["jwks_uri"],
        jwks=given["jwks"],
    )
    return f"{issuer} is changed. The trail says what was before."


def _explain_change(_request: HttpRequest, _issuer: TrustedIssuer) -> Sequence[object]:
    return (
        "The next token of it that is presented is looked at by the new terms.",
        "Access that it has brought goes on until it expires; “Deactivate” ends it at once.",
    )


def _deactivate(request: HttpRequest, issuer: TrustedIssuer, given: dict[str, Any]) -> str:
    ended = deactivate_issuer(
        actor=actor_of(request), at=clock(), issuer=issuer, reason=given["reason"]
    )
    return f"{issuer} is believed no longer; {many(ended, 'live session')} ended."


def _explain_deactivate(_request: HttpRequest, issuer: TrustedIssuer) -> Sequence[object]:
    count = live_sessions(at=clock()).filter(rests_on(issuer)).count()
    return (
        f"Ends at once, in every process: {many(count, 'live session')}.",
        "No token of it is taken until somebody reactivates it.",
    )


def _reactivate(request: HttpRequest, issuer: TrustedIssuer, given: dict[str, Any]) -> str:
    reactivate_issuer(actor=actor_of(request), at=clock(), issuer=issuer, reason=given["reason"])
    return f"{issuer} is believed again. No earlier session came back."


def _explain_reactivate(_request: HttpRequest, _issuer: TrustedIssuer) -> Sequence[object]:
    return ("Its tokens are taken again.", "No session from before comes back.")


@admin.register(TrustedIssuer)
class TrustedIssuerAdmin(AddableAdmin[TrustedIssuer]):
    """Whoever controls an issuer can be any person and any client it vouches for."""

    list_display = ("name", "issuer", "partner", "state")
    list_filter = ("is_active",)
    list_select_related = ("partner",)
    search_fields = ("name", "issuer", "partner__name")
    empty_hint = "No issuer outside is believed. People sign in here, or by a federation."
    add_form = IssuerForm
    add_title = "Trust an issuer"
    add_button = "Trust it"
    add_intro = (
        "Clients with the grant may then exchange its tokens about people for access tokens here, "
        "without asking the person. Clients may also be registered as proved by what it signs."
    )
    step_up = True
    acts = switched_acts(
        permission="oauth.change_trustedissuer",
        form=ChangeIssuerForm,
        change=Deed(_explain_change, _change),
        off=Deed(_explain_deactivate, _deactivate),
        on=Deed(_explain_reactivate, _reactivate),
    )

    @admin.display(description="State", ordering="is_active")
    def state(self, issuer: TrustedIssuer) -> SafeString:
        return tag("active") if issuer.is_active else tag("inactive", "bad")

    def facts(self, _request: HttpRequest, issuer: TrustedIssuer) -> Facts:
        keys = (issuer.jwks or {}).get("keys", [])
        return (
            ("State", self.state(issuer)),
            ("Issuer", code(issuer.issuer)),
            ("Vouches for", to(issuer.partner) if issuer.partner else "The buyer's own people"),
            ("Its tokens are for", codes(issuer.audiences)),
            ("Clients that may bring them", codes(issuer.presenters) or WHOSE),
            ("Claim with the address", code(issuer.subject_claim)),
            ("Its keys are at", code(issuer.jwks_uri)),
            ("Its keys", stack(code(key.get("kid") or key["kty"]) for key in keys)),
            ("Trusted from", when(issuer.created_at)),
        )

    def tables(self, request: HttpRequest, issuer: TrustedIssuer) -> Sequence[Table]:
        query = f"issuer__id__exact={issuer.pk}"
        sessions = TokenSession.objects.filter(rests_on(issuer))
        clients = issuer.clients.all()[:SHOWN]
        of_it = f"client_assertion_issuer__id__exact={issuer.pk}"
        return (
            live_sessions_of(sessions, at=clock(), query=query),
            client_table(clients, query=of_it, empty="It signs the assertions of no client."),
            *trail_table(request, issuer.public_id),
        )

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        terms = IssuerTerms(issuer=given["issuer"], **{name: given[name] for name in FIELDS})
        issuer = add_issuer(
            actor=actor_of(request), at=clock(), terms=terms, partner=given["partner"]
        )
        return f"{issuer} is trusted. Clients need the grant token-exchange or jwt-bearer for it."
