"""What a caller may still spend, limit by limit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.core.actor import Actor
from apps.procurement.policy.purchasing import (
    Limit,
    LimitKind,
    Rule,
    RuleBook,
    Spent,
    knows_budget,
    remaining,
    used,
)
from apps.procurement.services.purchasing.books import rule_books_for
from apps.procurement.services.purchasing.unopened import spent_in

BUYING = frozenset({"purchase_orders:create", "purchase_orders:change", "purchase_orders:issue"})


@dataclass(frozen=True, kw_only=True)
class ShownLimit:
    """``used`` and ``remaining`` are None where no exchange rate tells."""

    project: UUID
    rule: Rule
    limit: Limit
    used: Decimal | None
    remaining: Decimal | None


def shown(project: UUID, rules: Iterable[Rule], spent: Spent) -> Iterator[ShownLimit]:
    """Every limit of these rules, with what is spent of it."""
    for rule in rules:
        for limit in rule.limits:
            taken, left = used(limit, spent), remaining(limit, spent)
            yield ShownLimit(project=project, rule=rule, limit=limit, used=taken, remaining=left)


@dataclass(frozen=True)
class Standing:
    """All that orders of the caller's are held to: the rules by project, and what is left of their
    limits.
    """

    rules: list[tuple[UUID, Rule]]
    limits: list[ShownLimit]


def standing_of(*, actor: Actor, at: datetime) -> Standing:
    """Every rule that binds the caller in its open projects. None for a vendor, who buys nothing,
    nor for a token that orders nothing. A project's budget is shown to whom the project shows it.
    As many statements for many projects as for one.
    """
    if actor.acts_for_vendor or not actor.scopes & BUYING or not actor.open_projects:
        return Standing([], [])
    books = _books_in(actor.open_projects, actor=actor, at=at)
    return Standing(
        rules=[(project, rule) for project, book in books.items() for rule in book.rules],
        limits=[
            one
            for one in _limits_of(books, at=at)
            if one.limit.kind != LimitKind.BUDGET or knows_budget(actor)
        ],
    )


def limits_in(projects: Iterable[UUID], *, actor: Actor, at: datetime) -> Iterator[ShownLimit]:
    """Every limit that binds them in these projects."""
    return _limits_of(_books_in(projects, actor=actor, at=at), at=at)


def _books_in(projects: Iterable[UUID], *, actor: Actor, at: datetime) -> dict[UUID, RuleBook]:
    wanted = sorted(projects)
    found = rule_books_for(actor=actor, project_ids=wanted, at=at)
    return {project: found[project] for project in wanted}


def _limits_of(books: Mapping[UUID, RuleBook], *, at: datetime) -> Iterator[ShownLimit]:
    spent = spent_in(list(books.values()), at=at)
    for project, book in books.items():
        yield from shown(project, book.rules, spent)
