"""What restricts a purchase: a policy's version, a token's limits, a project. All must let it
through; an empty list and a missing limit restrict nothing.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class SourceKind(StrEnum):
    POLICY = "policy"
    TOKEN = "token"
    PROJECT = "project"
    APPROVAL_RULE = "approval_rule"


class LimitKind(StrEnum):
    PER_ORDER = "per_order"
    PER_PERIOD = "per_period"
    TOTAL = "total"
    BUDGET = "budget"
    APPROVAL_FROM = "approval_from"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a rule comes from: ``id`` is the public id of the policy, session, project or approval
    rule.
    """

    kind: SourceKind
    id: str
    name: str
    version: int | None = None


class AccountKey(NamedTuple):
    """Which row of the spend ledger a limit is counted on."""

    policy: uuid.UUID | None
    session: uuid.UUID | None
    project: uuid.UUID | None
    currency: str


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most ``amount``: for one order, within ``days``, or altogether. `approval_from` is no
    limit but the amount from which on somebody approves; it is told of in reasons only.
    """

    kind: LimitKind
    amount: Decimal
    currency: str
    account: AccountKey | None = None
    days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Codes stand for all that begin with them. ``approval_from`` is in ``currency``. ``accounts``
    are those of the ledger that the purchase is counted on, limited or not. With
    ``requires_contract`` a purchase names a contract.
    """

    source: Source
    categories_allowed: tuple[str, ...] = ()
    categories_denied: tuple[str, ...] = ()
    vendors: frozenset[uuid.UUID] = frozenset()
    currencies: frozenset[str] = frozenset()
    ship_to: tuple[str, ...] = ()
    requires_contract: bool = False
    actions: frozenset[str] | None = None
    valid_until: datetime | None = None
    limits: tuple[Limit, ...] = ()
    accounts: tuple[AccountKey, ...] = ()
    approval_from: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """An approval rule, in the buyer's own currency; ``rule`` is its public id."""

    rule: str
    name: str
    amount_from: Decimal
    approver_role: str
    category: str = ""
    sequence: int = 1
    min_approvers: int = 1
    split_days: int = 7

    @property
    def source(self) -> Source:
        return Source(kind=SourceKind.APPROVAL_RULE, id=self.rule, name=self.name)


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """All that a purchase in one project is held to. ``policy_required`` refuses it where no
    policy is among the rules. ``counted`` says whether the ledger knows of the order asked about,
    ``opens`` whether it has no account yet of the project's budget.
    """

    project: uuid.UUID
    buyer_entity: uuid.UUID
    base_currency: str
    timezone: str = "UTC"
    rules: tuple[Rule, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    policy_required: bool = False
    counted: bool = False
    opens: bool = False

    @property
    def accounts(self) -> frozenset[AccountKey]:
        return frozenset(key for rule in self.rules for key in rule.accounts)

    @property
    def policies(self) -> tuple[Source, ...]:
        """Those that are among the rules, each in the version that holds."""
        sources = (rule.source for rule in self.rules)
        return tuple(source for source in sources if source.kind == SourceKind.POLICY)

    @property
    def policy_version(self) -> int | None:
        """The newest that is among the rules."""
        return max((one.version for one in self.policies if one.version), default=None)

    @property
    def currencies(self) -> frozenset[str]:
        """All that amounts are compared or counted in, the buyer's own among them."""
        asked = {rule.currency for rule in self.rules if rule.approval_from is not None}
        limited = {limit.currency for rule in self.rules for limit in rule.limits}
        counted = {account.currency for account in self.accounts}
        return frozenset({self.base_currency} | asked | limited | counted)

    def without_approvals(self) -> "RuleBook":
        """For acts on what was approved already."""
        rules = tuple(replace(rule, approval_from=None) for rule in self.rules)
        return replace(self, rules=rules, thresholds=())
