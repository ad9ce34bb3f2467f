"""The statement that finds the versions of purchasing policies that bind somebody."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Subquery
from django.db.models.expressions import OuterRef

from apps.core.models import Statement
from apps.projects.models import PolicyVersion, PurchasingPolicy
from apps.projects.selectors.versions import effective_at

_VERSION = [field.attname for field in PolicyVersion._meta.concrete_fields]  # noqa: SLF001 -- Django's documented name
_POLICY = [field.attname for field in PurchasingPolicy._meta.concrete_fields]  # noqa: SLF001 -- as above


def binding_versions(**asked: Any) -> Iterator[tuple[uuid.UUID, PolicyVersion]]:  # noqa: ANN401 -- the arguments of `policies_by_project`
    """Each project's key with a version that binds there, its policy loaded; by number."""
    for row in _BINDING.rows(**asked):
        yield row["for_project"], _version(row)


def _version(row: dict[str, Any]) -> PolicyVersion:
    alias = connection.alias
    version = PolicyVersion.from_db(alias, _VERSION, [row[name] for name in _VERSION])
    values = [row[f"policy__{name}"] for name in _POLICY]
    version.policy = PurchasingPolicy.from_db(alias, _POLICY, values)
    return version


def _binding(
    *,
    project_ids: object,
    client_id: str,
    partner_id: uuid.UUID,
    role: str,
    at: datetime,
    granted_at: datetime,
    settled_at: datetime,
) -> QuerySet[PolicyVersion, dict[str, Any]]:
    of_all = Q(policy__client_id="") | Q(policy__client_id=client_id)
    of_all &= Q(policy__role="") | Q(policy__role=role)
    of_all &= Q(policy__partner__isnull=True) | Q(policy__partner=partner_id)
    of_all &= Q(policy__project__isnull=True) | Q(policy__project=F("for_project"))
    moments = _in_effect(at) | _in_effect(granted_at) | _in_effect(settled_at)
    rows: QuerySet[PolicyVersion, dict[str, Any]] = (
        PolicyVersion.objects.annotate(for_project=F("policy__buyer_entity__project__id"))
        .filter(of_all, moments, for_project__any_of=project_ids)
        .order_by("version")
        .values("for_project", *_VERSION, *(f"policy__{name}" for name in _POLICY))
    )
    return rows


def _in_effect(moment: datetime) -> Q:
    standing = Q(policy__retired_at__isnull=True) | Q(policy__retired_at__gt=moment)
    return standing & Q(pk=Subquery(effective_at(moment, OuterRef("policy")).values("pk")[:1]))


# Every value another, for each marks its own place; Django would copy a list.
_THEN = datetime.min.replace(tzinfo=UTC)
_BINDING = Statement(
    _binding,
    project_ids="the projects",
    client_id="a client",
    partner_id=uuid.UUID(int=1),
    role="a role",
    at=_THEN,
    granted_at=_THEN + timedelta(days=1),
    settled_at=_THEN + timedelta(days=2),
)
