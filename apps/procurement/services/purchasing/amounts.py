"""What a purchase comes to in every currency that its rules speak of."""

import zoneinfo
from datetime import date, datetime

from apps.procurement.policy.purchasing import Amounts, Purchase, RuleBook
from apps.procurement.policy.purchasing.converting import convert
from apps.projects.selectors import rates_among


def amounts_of(purchase: Purchase, book: RuleBook, *, at: datetime) -> Amounts:
    """By the newest rates of the day it is where the buyer is; one statement, and none where the
    purchase is in the buyer's currency and so is every rule.
    """
    currencies = {purchase.currency, *book.currencies}
    rates = rates_among(currencies=currencies, day=day_there(book, at))
    return convert(purchase.amount, purchase.currency, currencies, rates, base=book.base_currency)


def day_there(book: RuleBook, at: datetime) -> date:
    return at.astimezone(zoneinfo.ZoneInfo(book.timezone)).date()
