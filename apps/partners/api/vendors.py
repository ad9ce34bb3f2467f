"""Vendors: the list, one, and changing its profile."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.gateway.rest import (
    Fieldset,
    Listing,
    Sort,
    actor_of,
    filters,
    list_response,
    precondition_of,
    read_patch,
    resource_response,
)
from apps.gateway.rest.reasons import READ_REASON, read_reason
from apps.gateway.rest.views import ApiView
from apps.partners.formats import shown_groups, vendor_body
from apps.partners.formats.records import MEMBERS
from apps.partners.models import Partner, RiskTier
from apps.partners.policy import GROUP_SCOPES
from apps.partners.rest.bodies import VendorBody, VendorListBody
from apps.partners.rest.shapes import ProfileShape
from apps.partners.selectors import RELATIONS, vendors_visible_to, visible_record, with_groups
from apps.partners.services.claims import claims_of
from apps.partners.services.reads import record_restricted_read
from apps.partners.services.records import change_vendor
from apps.partners.states import ClaimGroup, PartnerStatus

# What widens an answer, beyond the scope that is needed to get one.
WIDENING = tuple(
    scope
    for group, scope in GROUP_SCOPES.items()
    if group not in {ClaimGroup.PROFILE, ClaimGroup.BANKING_FULL}
)
# What there is of a record, and is changed by staff or at an address of its own.
NOT_HERE = {
    name: str(group)
    for group, names in MEMBERS.items()
    for name in names
    if name not in ProfileShape().fields
}


class VendorList(ApiView):
    required_scopes: ClassVar = {"GET": ("vendors:read",)}
    optional_scopes: ClassVar = {"GET": WIDENING}
    problem_codes: ClassVar = {"GET": ("claim-not-permitted",)}
    query_parameters: ClassVar = {"reason": READ_REASON}
    listing: ClassVar = Listing(
        VendorBody,
        filters={
            "status": filters.choice("status", PartnerStatus.values),
            "name": filters.text("name", claim_group="profile.name"),
            "legal_name": filters.text("legal_name", claim_group="profile.legal_name"),
            "trading_name": filters.text("trading_name", claim_group="profile.trading_name"),
            "default_currency": filters.text(
                "default_currency", claim_group="profile.default_currency"
            ),
            "payment_terms": filters.text("payment_terms", claim_group="profile.payment_terms"),
            "risk_tier": filters.choice(
                "risk_tier", RiskTier.values, claim_group="internal.risk_tier"
            ),
            "internal_note": filters.text("internal_note", claim_group="internal.internal_note"),
            "created_at": filters.instant("created_at"),
            "updated_at": filters.instant("updated_at"),
        },
        sorts={
            "name": Sort("name", "profile.name"),
            "risk_tier": Sort("risk_tier", "internal.risk_tier"),
            "created_at": "created_at",
            "updated_at": "updated_at",
        },
        parts={name: (name,) for name in RELATIONS.values()},
    )

    @extend_schema(
        responses=VendorListBody,
        operation_id="list_vendors",
        summary="List the vendors of your projects; a vendor sees itself",
    )
    def get(self, request: Request) -> Response:
        actor, reason = actor_of(request), read_reason(request)
        claims = claims_of(actor)
        seen: list[Partner] = []

        def render(vendor: Partner) -> dict[str, object]:
            seen.append(vendor)
            return vendor_body(vendor, claims, at=self.at)

        vendors = with_groups(vendors_visible_to(actor, at=self.at), claims.shown)
        answer = list_response(request, self.listing, vendors, render, claims=claims.names)
        used = {name.partition(".")[0] for name in self.listing.claims_used(request)}
        shown = shown_groups(answer.data["data"])
        record_restricted_read(
            actor=actor,
            at=self.at,
            groups={*shown, *used},
            partners=seen,
            reason=reason,
            asked=bool(used),
        )
        return answer


class VendorDetail(ApiView):
    """Without 304: what is shown also follows from the caller's claims and from the clock."""

    required_scopes: ClassVar = {"GET": ("vendors:read",), "PATCH": ("vendors:write",)}
    optional_scopes: ClassVar = {"GET": WIDENING, "PATCH": ("vendors:read", *WIDENING)}
    problem_codes: ClassVar = {
        "GET": ("malformed-request",),
        "PATCH": ("claim-not-permitted", "invalid-transition"),
    }
    fieldset: ClassVar = Fieldset(VendorBody)
    query_parameters: ClassVar = {"reason": READ_REASON}
    revalidated = False

    @extend_schema(responses=VendorBody, operation_id="get_vendor", summary="Read one vendor")
    def get(self, request: Request, vendor_id: str) -> Response:
        return self._answer(request, actor_of(request), vendor_id)

    @extend_schema(
        request=ProfileShape,
        responses=VendorBody,
        operation_id="change_vendor",
        summary="Change a vendor's profile",
    )
    def patch(self, request: Request, vendor_id: str) -> Response:
        actor = actor_of(request)
        change_vendor(
            actor=actor,
            at=self.at,
            vendor_id=vendor_id,
            changes=read_patch(request, ProfileShape, hidden=NOT_HERE),
            precondition=precondition_of(request),
        )
        return self._answer(request, actor, vendor_id)

    def _answer(self, request: Request, actor: Actor, vendor_id: str) -> Response:
        claims, reason = claims_of(actor), read_reason(request)
        vendor = visible_record(actor=actor, at=self.at, vendor_id=vendor_id, groups=claims.shown)
        selection = self.fieldset.selection(request)
        body = selection.body(lambda row: vendor_body(row, claims, at=self.at), vendor)
        groups = shown_groups([body])
        record_restricted_read(
            actor=actor, at=self.at, groups=groups, partners=[vendor], reason=reason
        )
        return resource_response(vendor, body, revision=vendor.revision)
