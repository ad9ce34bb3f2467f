"""The rules that a purchase is held to: policies, the token's details and the project together."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from apps.core.actor import Actor
from apps.procurement.models import SpendAccount, SpendReservation, SpendState
from apps.procurement.policy.purchasing import Rule, RuleBook
from apps.procurement.policy.purchasing.assembling import (
    rule_of_project,
    rule_of_version,
    rules_of_token,
    threshold_of,
)
from apps.procurement.services.turns import spending_in
from apps.projects.models import ApprovalRule, PolicyVersion, Project, PurchasingPolicy
from apps.projects.selectors import approval_rules_by_project, policies_by_project

Versions = dict[uuid.UUID, dict[uuid.UUID, PolicyVersion]]


def rule_books_for(
    *,
    actor: Actor,
    project_ids: Collection[uuid.UUID],
    at: datetime,
    order_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, RuleBook]:
    """What binds the caller in each of these projects now: one statement, and where the buyer has
    policies or approval rules at all, one more for each kind.
    """
    projects = list(_projects(project_ids, order_id))
    governed = [row.pk for row in projects if row.has_policies]  # type: ignore[attr-defined]  # annotated
    versions = _versions(actor, governed, at) if governed else {}
    asking = [row.pk for row in projects if row.has_approvals]  # type: ignore[attr-defined]  # annotated
    granted = [grant.granted_at for grant in actor.grants if grant.granted_at]
    asked = approval_rules_by_project(project_ids=asking, granted=granted) if asking else {}
    return {
        row.pk: _book(row, actor, versions.get(row.pk, {}).values(), asked.get(row.pk, ()))
        for row in projects
    }


def rules_for(
    *, actor: Actor, project_id: uuid.UUID, at: datetime, order_id: uuid.UUID | None = None
) -> RuleBook:
    """What binds the caller in the project now. With ``order_id``, for spending on that order: then
    nobody opens the project's account until the transaction ends, unless the caller is to.
    """
    books = rule_books_for(actor=actor, project_ids=[project_id], at=at, order_id=order_id)
    return books[project_id]


def _projects(project_ids: Collection[uuid.UUID], order_id: uuid.UUID | None) -> QuerySet[Project]:
    """With the buyer entity, and with whether there is anything to ask for further."""
    entity = OuterRef("buyer_entity")
    budget = SpendAccount.objects.filter(
        project=OuterRef("pk"), policy__isnull=True, session__isnull=True
    )
    counted = SpendReservation.objects.filter(order=order_id).exclude(state=SpendState.RELEASED)
    opened = Q(budget_amount__isnull=True) | Exists(
        budget.filter(currency=OuterRef("budget_currency"))
    )
    projects = Project.objects.filter(pk__in=project_ids).select_related("buyer_entity")
    if order_id is not None:
        projects = projects.annotate(shares=_shared(project_ids, opened))
    return projects.annotate(
        has_policies=Exists(PurchasingPolicy.objects.filter(buyer_entity=entity)),
        has_approvals=Exists(ApprovalRule.objects.filter(buyer_entity=entity)),
        kept=ArraySubquery(budget.order_by("currency").values("currency")),
        counted=Exists(counted),
        opened=ExpressionWrapper(opened, BooleanField()),
    )


def _shared(project_ids: Collection[uuid.UUID], opened: Q | Combinable) -> Case:
    """The lock of spending_in, taken by the statement that reads what it guards."""
    [project_id] = project_ids
    lock = Func(
        Value(spending_in(project_id)),
        function="pg_advisory_xact_lock_shared",
        template="%(function)s(%(expressions)s)::text",
        output_field=TextField(),
    )
    return Case(When(opened, then=lock), default=Value(""), output_field=TextField())


def _versions(actor: Actor, project_ids: Collection[uuid.UUID], at: datetime) -> Versions:
    """By project and by version: of everything that the act rests on, for an exchange of tokens
    frees nobody.
    """
    found: Versions = {project_id: {} for project_id in project_ids}
    for grant in actor.grants:
        binding = policies_by_project(
            project_ids=project_ids,
            client_id=grant.client_id,
            partner_id=actor.partner_id,
            role=actor.role,
            at=at,
            granted_at=grant.granted_at,
        )
        for project_id, versions in binding.items():
            found[project_id].update({version.pk: version for version in versions})
    return found


def _book(
    project: Project,
    actor: Actor,
    versions: Iterable[PolicyVersion],
    approvals: Iterable[ApprovalRule],
) -> RuleBook:
    rules: list[Rule] = [rule_of_version(version) for version in versions]
    rules += rules_of_token(actor, project.pk)
    rules.append(rule_of_project(project, project.kept))  # type: ignore[attr-defined]  # annotated
    return RuleBook(
        project=project.pk,
        buyer_entity=project.buyer_entity_id,
        base_currency=project.buyer_entity.base_currency,
        timezone=project.buyer_entity.timezone,
        rules=tuple(rules),
        thresholds=tuple(threshold_of(rule) for rule in approvals),
        policy_required=project.buyer_entity.requires_policy,
        counted=project.counted,  # type: ignore[attr-defined]  # annotated
        opens=not project.opened,  # type: ignore[attr-defined]  # annotated
    )
