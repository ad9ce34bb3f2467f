"""Versions of purchasing policies by time."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Subquery

from apps.projects.models import PolicyVersion, PurchasingPolicy


def effective_at(at: datetime, policy: Any) -> QuerySet[PolicyVersion]:  # noqa: ANN401 -- a policy or an outer reference to one
    """A policy's versions that have begun, the one in effect first: the latest to begin, and of
    those that begin at once the one with the highest number. Whether the policy was retired is
    another matter.
    """
    return PolicyVersion.objects.filter(policy=policy, effective_from__lte=at).order_by(
        "-effective_from", "-version"
    )


def version_in_effect(policy: PurchasingPolicy, *, at: datetime) -> PolicyVersion | None:
    """None before its first version begins, and once the policy is retired."""
    if policy.retired_at is not None and policy.retired_at <= at:
        return None
    return effective_at(at, policy).first()


def latest_version(policy: PurchasingPolicy) -> PolicyVersion:
    """What was written last, though it may begin later than now."""
    return policy.versions.order_by("-version")[0]


def newest_version(at: datetime) -> Subquery:
    """The highest number among versions that have begun, to be read along with something else."""
    begun = PolicyVersion.objects.filter(effective_from__lte=at).order_by("-version")
    return Subquery(begun.values("version")[:1])


def newest_policy_version(*, at: datetime) -> int | None:
    begun = PolicyVersion.objects.filter(effective_from__lte=at).order_by("-version")
    return begun.values_list("version", flat=True).first()
