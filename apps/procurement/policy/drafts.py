"""What somebody asks an order or an answer to say, before it is accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Tax:
    """A UN/CEFACT 5305 category and a percentage."""

    category: str
    rate: Decimal


@dataclass(frozen=True, kw_only=True)
class AdjustmentDraft:
    """An allowance or charge; ``tax`` on the whole order's only."""

    reason: str
    amount: Decimal
    tax: Tax | None = None


@dataclass(frozen=True, kw_only=True)
class CostAllocation:
    """A share of a line, in percent, that a cost centre pays from an account."""

    cost_center: str
    account: str
    share: Decimal


@dataclass(frozen=True, kw_only=True)
class LineDraft:
    """``cost_allocations`` is None where nothing is said of them: the line keeps those it has."""

    line_no: int
    description: str
    quantity: Decimal
    uom: str
    unit_price: Decimal
    tax: Tax
    price_base_quantity: Decimal = Decimal(1)
    item_ids: tuple[Mapping[str, str], ...] = ()
    category: str = ""
    allowances: tuple[AdjustmentDraft, ...] = ()
    charges: tuple[AdjustmentDraft, ...] = ()
    need_by: date | None = None
    cost_allocations: tuple[CostAllocation, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class OrderDraft:
    """``project`` and ``vendor`` are public ids; ``ship_to`` and ``bill_to`` are address objects;
    ``totals`` is what the client reckons, by name, and is only compared.
    """

    project: str
    vendor: str
    currency: str
    lines: tuple[LineDraft, ...]
    reference: str = ""
    contract_ref: str = ""
    requested_delivery: date | None = None
    ship_to: Mapping[str, Any] | None = None
    bill_to: Mapping[str, Any] | None = None
    terms: str = ""
    note: str = ""
    allowances: tuple[AdjustmentDraft, ...] = ()
    charges: tuple[AdjustmentDraft, ...] = ()
    totals: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, kw_only=True)
class LineAnswer:
    """``code`` is one of states.LineResponse."""

    line_no: int
    code: str
    promised_quantity: Decimal | None = None
    promised_price: Decimal | None = None
    promised_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A vendor's answer; ``response`` is one of states.Response, ``vendor`` may repeat whose it
    is.
    """

    response: str
    lines: tuple[LineAnswer, ...] = ()
    reason: str = ""
    vendor: str = ""
