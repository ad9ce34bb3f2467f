"""The demo's rules of what may be bought: in one of its two projects, so that the other shows what
goes without any.
"""

from datetime import timedelta
from decimal import Decimal

from apps.governance.services.demo.run import Run
from apps.partners.models import Role
from apps.projects.models import (
    ApprovalRule,
    BuyerEntity,
    ExchangeRate,
    Project,
    PurchasingPolicy,
)
from apps.projects.policy import PolicyTerms
from apps.projects.policy.rate_lines import NewRate
from apps.projects.services import add_approval_rule, add_exchange_rates, add_policy

POLICY = "The fleet's purchases"
RULE = "The fleet's large orders"
LARGE = Decimal(50_000)
WHY = "For the demo"
# They count for 40 days; a demo that is run more often keeps them alive.
FRESH = timedelta(days=20)
RATES = {
    "USD": "1.0842", "SEK": "11.2035", "GBP": "0.8412", "NOK": "11.6420",
    "CHF": "0.9371", "DKK": "7.4604", "PLN": "4.2705", "JPY": "162.35", "KWD": "0.3329",
}  # fmt: skip


def ensure_rules(run: Run, fleet: Project) -> None:
    """One policy, one approval rule and rates of these days; what staff retired stays retired."""
    buyer = fleet.buyer_entity
    if not PurchasingPolicy.objects.filter(buyer_entity=buyer, name=POLICY).exists():
        run.made.append(f"policy {POLICY}")
        terms = PolicyTerms(
            currency=buyer.base_currency,
            per_order_max=Decimal(250_000),
            per_period_max=Decimal(1_000_000),
            period_days=30,
        )
        add_policy(
            **run.who, buyer_entity=buyer, name=POLICY, terms=terms, project=fleet, reason=WHY
        )
    if not ApprovalRule.objects.filter(buyer_entity=buyer, name=RULE).exists():
        run.made.append(f"approval rule {RULE}")
        add_approval_rule(
            **run.who,
            buyer_entity=buyer,
            name=RULE,
            amount_from=LARGE,
            approver_role=Role.APPROVER_ADMIN,
            project=fleet,
            reason=WHY,
        )
    _ensure_rates(run, buyer)


def _ensure_rates(run: Run, buyer: BuyerEntity) -> None:
    today = run.at.date()
    known = ExchangeRate.objects.filter(
        currency=buyer.base_currency, on__gt=today - FRESH, withdrawn_at__isnull=True
    ).values_list("base_currency", flat=True)
    wanted = [
        NewRate(today, currency, Decimal(worth))
        for currency, worth in RATES.items()
        if currency not in set(known)
    ]
    if wanted:
        run.made.append("exchange rates")
        add_exchange_rates(
            **run.who, base=buyer.base_currency, source="made up for the demo", rates=wanted
        )
