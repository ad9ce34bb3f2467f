"""Which policies bear on a project, whomever they are for."""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.projects.models import PolicyVersion, Project, PurchasingPolicy
from apps.projects.selectors.versions import effective_at


def speaks_of(project: uuid.UUID) -> Q:
    """Policies that name the project, or no project and its buyer entity."""
    buyer = Project.objects.filter(pk=project).values("buyer_entity")
    return Q(project=project) | Q(project__isnull=True, buyer_entity__in=buyer)


def policies_on(
    project: Project, *, at: datetime, most: int
) -> list[tuple[PurchasingPolicy, PolicyVersion | None]]:
    """So many of those that stand, its own first, by name, with the version in effect; None where
    the first begins later. Two statements.
    """
    rows = _standing(project, at).select_related("partner", "project")
    policies = list(rows.order_by("project", "name")[:most])
    versions = PolicyVersion.objects.in_bulk([one.current for one in policies if one.current])
    return [(one, versions.get(one.current)) for one in policies]


def versions_on(project: Project, *, at: datetime) -> QuerySet[PolicyVersion]:
    """What they say now, by the policies' names."""
    in_effect = _standing(project, at).order_by().values("current")
    versions = PolicyVersion.objects.filter(pk__in=in_effect)
    return versions.select_related("policy").order_by("policy__name")


def _standing(project: Project, at: datetime) -> QuerySet[Any]:
    """Policies with the key of the version in effect."""
    standing = Q(retired_at__isnull=True) | Q(retired_at__gt=at)
    begun = effective_at(at, OuterRef("pk"))
    policies = PurchasingPolicy.objects.filter(standing, speaks_of(project.pk))
    return policies.annotate(current=Subquery(begun.values("pk")[:1]))
