"""Which approval rules count for a project."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Q

from apps.projects.models import ApprovalRule
from apps.projects.selectors.policies import SETTLES_WITHIN


def approval_rules_by_project(
    *, project_ids: Collection[uuid.UUID], granted: Collection[datetime] = ()
) -> dict[uuid.UUID, list[ApprovalRule]]:
    """For each of these projects the rules of its buyer entity that stand, for it or for any,
    lowest place first, by one statement. ``granted`` are the moments of the grants that an act
    rests on: the rules that stood then count, retired or not, as versions of policies do.
    """
    standing = Q(retired_at__isnull=True)
    for moment in granted:
        standing |= Q(created_at__lte=moment, retired_at__gt=moment - SETTLES_WITHIN)
    found: dict[uuid.UUID, list[ApprovalRule]] = {project_id: [] for project_id in project_ids}
    rules = ApprovalRule.objects.annotate(for_project=F("buyer_entity__project__id")).filter(
        Q(project__isnull=True) | Q(project=F("for_project")),
        standing,
        for_project__in=list(found),
    )
    for rule in rules.order_by("sequence", "name", "pk"):
        found[rule.for_project].append(rule)
    return found
