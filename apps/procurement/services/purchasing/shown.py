"""What a caller may still spend, limit by limit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.core.actor import Actor
from apps.procurement.policy.purchasing import Limit, Rule, remaining
from apps.procurement.services.purchasing.books import rule_books_for
from apps.procurement.services.purchasing.unopened import spent_in

BUYING = frozenset({"purchase_orders:create", "purchase_orders:change", "purchase_orders:issue"})


@dataclass(frozen=True, kw_only=True)
class ShownLimit:
    """``remaining`` is None where no exchange rate tells."""

    project: UUID
    rule: Rule
    limit: Limit
    remaining: Decimal | None


def limits_on(*, actor: Actor, at: datetime) -> list[ShownLimit]:
    """Every limit that binds the caller in its open projects. None for a vendor, who buys nothing,
    nor for a token that orders nothing. As many statements for many projects as for one.
    """
    if actor.acts_for_vendor or not actor.scopes & BUYING or not actor.open_projects:
        return []
    return list(limits_in(actor.open_projects, actor=actor, at=at))


def limits_in(projects: Iterable[UUID], *, actor: Actor, at: datetime) -> Iterator[ShownLimit]:
    """Every limit that binds them in these projects."""
    wanted = sorted(projects)
    books = rule_books_for(actor=actor, project_ids=wanted, at=at)
    spent = spent_in(list(books.values()), at=at)
    for project in wanted:
        for rule in books[project].rules:
            for limit in rule.limits:
                left = remaining(limit, spent)
                yield ShownLimit(project=project, rule=rule, limit=limit, remaining=left)
