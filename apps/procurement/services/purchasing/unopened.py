"""What is taken of limits, also of a budget whose account nobody has opened yet."""

from collections.abc import Collection
from datetime import datetime

from apps.procurement.policy.purchasing import AccountKey, RuleBook, Spent
from apps.procurement.services.purchasing.ordered import ordered_in
from apps.procurement.services.purchasing.spent import spent_on


def spent_in(books: Collection[RuleBook], *, at: datetime) -> Spent:
    """What is taken of all the limits of these, nothing locked or written: as enforcement will
    find it, which opens the account of a budget that nobody ordered under yet. Costs what spent_on
    does, and where there are such budgets what ordered_in does.
    """
    spent = dict(spent_on([rule for book in books for rule in book.rules], at=at))
    unopened = {key: book for book in books for key in _budgets(book) if (key, None) not in spent}
    begun = ordered_in(unopened, at=at) if unopened else {}
    return spent | {(key, None): total for key, total in begun.items()}


def _budgets(book: RuleBook) -> set[AccountKey]:
    limits = [limit.account for rule in book.rules for limit in rule.limits]
    return {key for key in limits if key and is_budget(key)}


def is_budget(key: AccountKey) -> bool:
    """Whether it is a project's account, and so no policy's or session's."""
    return key.project is not None and key.session is None
