"""What binds orders of the caller's, and what may still be spent, as `/me` tells it."""

from typing import Any

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.procurement.formats.own_rules import rule_bodies
from apps.procurement.formats.times import instant
from apps.procurement.money import amount
from apps.procurement.policy.purchasing import BUDGET, knows_budget
from apps.procurement.policy.purchasing.documents import limit_document, source_document
from apps.procurement.services.purchasing import ShownLimit, Standing
from apps.projects.models import Project


def standing_body(standing: Standing, actor: Actor) -> dict[str, Any]:
    """What binds the caller, and what of it they may not see, whether there is any or not."""
    hidden = {} if knows_budget(actor) else {"_redacted": [BUDGET]}
    return {
        "limits": [_limit(shown) for shown in standing.limits],
        "rules": rule_bodies(standing.rules),
        **hidden,
    }


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
