"""Exchange rates: staff type or paste them, and withdraw a wrong one."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import code, many, tag, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.projects.admin.filters import WithdrawnFilter
from apps.projects.admin.rates_form import RatesForm
from apps.projects.models import ExchangeRate
from apps.projects.policy.rate_lines import read_rates
from apps.projects.services import add_exchange_rates, withdraw_exchange_rate


def _withdraw(request: HttpRequest, rate: ExchangeRate, given: dict[str, Any]) -> str:
    withdraw_exchange_rate(actor=actor_of(request), at=clock(), rate=rate, reason=given["reason"])
    return f"{rate} is withdrawn. Now another may be added for its day."


def _explain(_request: HttpRequest, rate: ExchangeRate) -> Sequence[object]:
    return (
        f"{rate} counts no more, and an older one is used if there is one of 40 days.",
        "Orders that were reckoned with it keep their amounts.",
    )


@admin.register(ExchangeRate)
class ExchangeRateAdmin(AddableAdmin[ExchangeRate]):
    list_display = ("on", "says", "source", "standing")
    list_filter = ("currency", "base_currency", WithdrawnFilter)
    search_fields = ("currency", "base_currency", "source")
    empty_hint = "No rate: orders in other currencies than their limits' are refused."
    add_form = RatesForm
    add_title = "Add exchange rates"
    add_button = "Add"
    add_intro = (
        "Orders in other currencies are measured by the newest rate that is at most 40 days old. "
        "A rate is written once; withdraw a wrong one, then add it anew."
    )
    step_up = True
    acts: ClassVar[Sequence[Act[ExchangeRate]]] = (
        Act(
            name="withdraw",
            step_up=True,
            label="Withdraw",
            permission="projects.change_exchangerate",
            explain=_explain,
            perform=_withdraw,
            applies=lambda rate: rate.withdrawn_at is None,
            takes_away=True,
        ),
    )

    @admin.display(description="Rate", ordering="rate")
    def says(self, rate: ExchangeRate) -> str:
        return f"1 {rate.currency} = {rate.rate.normalize():f} {rate.base_currency}"

    @admin.display(description="Standing", ordering="withdrawn_at")
    def standing(self, rate: ExchangeRate) -> object:
        return tag("withdrawn", "bad") if rate.withdrawn_at else tag("counts", "good")

    def facts(self, _request: HttpRequest, rate: ExchangeRate) -> Facts:
        return (
            ("Standing", self.standing(rate)),
            ("Rate", self.says(rate)),
            ("Day", f"{rate.on:%-d %b %Y}"),
            ("Source", rate.source),
            ("Added", when(rate.created_at)),
            ("Withdrawn", when(rate.withdrawn_at)),
            ("Id", code(rate.public_id)),
        )

    def tables(self, request: HttpRequest, rate: ExchangeRate) -> Sequence[Table]:
        return (*trail_table(request, rate.public_id),)

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        rates = read_rates(given["rates"].splitlines(), on=given["on"])
        done = add_exchange_rates(
            actor=actor_of(request),
            at=clock(),
            base=given["base"],
            source=given["source"],
            rates=rates,
        )
        known = f", {done.known} known already" if done.known else ""
        return f"{many(len(done.added), 'rate')} added{known}."
