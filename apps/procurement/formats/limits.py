"""What the caller may still spend, as `/me` tells it."""

from collections.abc import Iterable
from typing import Any

from apps.core.ids import encode_id
from apps.procurement.formats.times import instant
from apps.procurement.money import amount
from apps.procurement.policy.purchasing.documents import limit_document, source_document
from apps.procurement.services.purchasing import ShownLimit
from apps.projects.models import Project


def limits_body(limits: Iterable[ShownLimit]) -> list[dict[str, Any]]:
    return [_limit(shown) for shown in limits]


def _limit(shown: ShownLimit) -> dict[str, Any]:
    limit, source = shown.limit, source_document(shown.rule.source)
    left = shown.remaining
    return {
        "project": encode_id(Project.id_prefix, shown.project),
        **limit_document(limit),
        "remaining": None if left is None else amount(left, limit.currency),
        "valid_until": instant(shown.rule.valid_until),
        "policy_version": source.pop("version"),
        "source": source,
    }
