"""Purchasing policies: who may buy what, up to how much. They are added, changed by a further
version, and retired. They stand here because they name clients, of which projects know nothing.
"""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.core.ids import decode_id
from apps.governance.admin.policy_acts import ACTS, TIGHTER
from apps.governance.admin.policy_forms import NewPolicyForm, chosen_terms
from apps.governance.admin.simulating import SIMULATE, SIMULATE_PAGE, simulate_view
from apps.identity.admin.acts import Act, actor_of, clock, tell
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, link, record_url, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.projects.admin.filters import ProjectFilter, RetiredFilter
from apps.projects.admin.policy_tables import for_whom, says_table
from apps.projects.models import PolicyVersion, PurchasingPolicy
from apps.projects.selectors import effective_at, version_in_effect
from apps.projects.selectors.bearing import speaks_of
from apps.projects.services import add_policy

Given = dict[str, Any]
SHOWN = 50


class SpeaksOfProject(ProjectFilter):
    """Those for the project, and those for every project of its buyer entity."""

    def of(self, queryset: QuerySet[Model], project: uuid.UUID) -> QuerySet[Model]:
        return queryset.filter(speaks_of(project))


@admin.register(PurchasingPolicy)
class PurchasingPolicyAdmin(AddableAdmin[PurchasingPolicy]):
    list_display = ("name", "buyer_entity", "whom", "standing", "version", "since")
    list_filter = ("buyer_entity", RetiredFilter, SpeaksOfProject)
    list_select_related = ("buyer_entity", "partner", "project")
    search_fields = ("name", "client_id", "partner__name", "project__number")
    empty_hint = "No purchasing policy: nothing limits what is bought but scopes and budgets."
    add_form = NewPolicyForm
    add_title = "Add a purchasing policy"
    add_button = "Add"
    add_intro = "All policies that fit a purchase must let it through. " + TIGHTER
    step_up = True
    acts: ClassVar[Sequence[Act[PurchasingPolicy]]] = ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchasingPolicy]:
        begun = effective_at(clock(), OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                current=Subquery(begun.values("version")[:1]),
                current_since=Subquery(begun.values("effective_from")[:1]),
            )
        )

    @admin.display(description="For")
    def whom(self, policy: PurchasingPolicy) -> object:
        return for_whom(policy)

    @admin.display(description="Standing", ordering="retired_at")
    def standing(self, policy: PurchasingPolicy) -> SafeString:
        if policy.retired_at is not None:
            return tag("retired", "plain")
        has_begun = getattr(policy, "current", None) is not None
        return tag("in effect", "good") if has_begun else tag("begins later", "warn")

    @admin.display(description="Version", ordering=F("current"))
    def version(self, policy: PurchasingPolicy) -> object:
        return getattr(policy, "current", None) or EMPTY

    @admin.display(description="In effect from", ordering=F("current_since"))
    def since(self, policy: PurchasingPolicy) -> object:
        return when(getattr(policy, "current_since", None))

    def facts(self, _request: HttpRequest, policy: PurchasingPolicy) -> Facts:
        return (
            ("Standing", self.standing(policy)),
            ("Buyer entity", to(policy.buyer_entity)),
            ("For", for_whom(policy)),
            ("Version in effect", self.version(policy)),
            ("Since", self.since(policy)),
            ("Added", when(policy.created_at)),
            ("Retired", when(policy.retired_at)),
            ("Id", code(policy.public_id)),
        )

    def tables(self, request: HttpRequest, policy: PurchasingPolicy) -> Sequence[Table]:
        current = version_in_effect(policy, at=clock())
        says = [says_table(current, title="What it says now")] if current else []
        return (*says, _versions_table(policy), *trail_table(request, policy.public_id))

    def pages(self, _request: HttpRequest, policy: PurchasingPolicy) -> Sequence[tuple[str, str]]:
        return ((SIMULATE, f"{reverse(SIMULATE_PAGE)}?policy={policy.public_id}"),)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.simulate_view)
        return [path("simulate/", view, name=self.page_name("simulate")), *super().get_urls()]

    def simulate_view(self, request: HttpRequest) -> HttpResponse:
        """Asked from a policy's page, the question begins with those whom the policy is for."""
        key = decode_id(PurchasingPolicy.id_prefix, request.GET.get("policy", ""))
        policy = self.get_object(request, str(key)) if key else None
        return simulate_view(self.admin_site, request, policy)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        pages = {"list_pages": [(SIMULATE, reverse(SIMULATE_PAGE))], **(extra_context or {})}
        return super().changelist_view(request, pages)

    def add(self, request: HttpRequest, given: Given) -> HttpResponseBase:
        client = given["client"]
        version = add_policy(
            actor=actor_of(request),
            at=clock(),
            buyer_entity=given["buyer_entity"],
            name=given["name"],
            terms=chosen_terms(given),
            reason=given["reason"],
            client_id=client.client_id if client else "",
            partner=given["partner"],
            role=given["role"],
            project=given["project"],
            effective_from=given["effective_from"],
        )
        tell(request, f"{version.policy} is added, as version {version.version}.")
        return redirect(record_url(version.policy))


def _versions_table(policy: PurchasingPolicy) -> Table:
    rows = [
        (
            link(f"Version {version.version}", record_url(version)),
            when(version.effective_from),
            version.reason,
            when(version.created_at),
        )
        for version in PolicyVersion.objects.filter(policy=policy)[:SHOWN]
    ]
    return Table("Versions", ("Version", "In effect from", "Why", "Written"), rows, "None.")
