"""What orders of the caller's may be of, from whom, in what and to where, as `/me` tells it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from apps.core.ids import encode_id
from apps.partners.models import Partner
from apps.procurement.policy.purchasing import Rule
from apps.procurement.policy.purchasing.documents import source_document
from apps.projects.models import Project

# What a rule may say beside limits; one that says none of it is left out.
RESTRICTIONS = (
    "categories_allowed",
    "categories_denied",
    "vendors",
    "currencies",
    "ship_to",
    "requires_contract",
)


def rule_bodies(rules: Iterable[tuple[UUID, Rule]]) -> list[dict[str, Any]]:
    """Each with its project; empty lists restrict nothing."""
    bodies = [_rule(project, rule) for project, rule in rules]
    return [body for body in bodies if any(body[name] for name in RESTRICTIONS)]


def _rule(project: UUID, rule: Rule) -> dict[str, Any]:
    source = source_document(rule.source)
    return {
        "project": encode_id(Project.id_prefix, project),
        "categories_allowed": list(rule.categories_allowed),
        "categories_denied": list(rule.categories_denied),
        "vendors": sorted(encode_id(Partner.id_prefix, one) for one in rule.vendors),
        "currencies": sorted(rule.currencies),
        "ship_to": list(rule.ship_to),
        "requires_contract": rule.requires_contract,
        "policy_version": source.pop("version"),
        "source": source,
    }
