"""The spend ledger, to be read: what each limit has been charged with, order by order."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.core.money import written
from apps.identity.admin.cells import EMPTY, link, list_url, record_url, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import SpendAccount, SpendReservation
from apps.procurement.money import plain

SHOWN = 20
TONES = {"reserved": "warn", "consumed": "good", "released": "plain"}


@admin.register(SpendAccount)
class SpendAccountAdmin(SeenWithOrders[SpendAccount]):
    list_display = ("whose", "set_aside", "spent", "updated")
    list_filter = ("currency",)
    list_select_related = ("policy", "session", "project")
    search_fields = ("policy__name", "project__number", "session__client__client_id")
    empty_hint = "Nothing is counted yet. The first order under a policy or budget begins it."

    @admin.display(description="Whose limits")
    def whose(self, account: SpendAccount) -> str:
        return _whose(account)

    def title_of(self, account: SpendAccount) -> str:
        return f"Spent: {_whose(account)}"

    @admin.display(description="Set aside", ordering="reserved")
    def set_aside(self, account: SpendAccount) -> str:
        return written(account.reserved, account.currency)

    @admin.display(description="Spent", ordering="consumed")
    def spent(self, account: SpendAccount) -> str:
        return written(account.consumed, account.currency)

    @admin.display(description="Last change", ordering="updated_at")
    def updated(self, account: SpendAccount) -> SafeString | str:
        return when(account.updated_at)

    def facts(self, _request: HttpRequest, account: SpendAccount) -> Facts:
        return (
            ("Policy", to(account.policy)),
            ("Session", to(account.session)),
            ("Project", to(account.project)),
            ("Set aside", self.set_aside(account)),
            ("Spent", self.spent(account)),
            ("Last change", self.updated(account)),
        )

    def tables(self, _request: HttpRequest, account: SpendAccount) -> Sequence[Table]:
        newest = account.reservations.select_related("order").order_by("-id")[:SHOWN]
        rows = [(to(one.order), _money(one), _state(one), when(one.reserved_at)) for one in newest]
        head = ("Order", "Amount", "State", "Since")
        more = list_url(SpendReservation, f"account__id__exact={account.pk}")
        return (Table("Orders counted", head, rows, "None.", more),)


@admin.register(SpendReservation)
class SpendReservationAdmin(SeenWithOrders[SpendReservation]):
    list_display = ("order", "whose", "amount_cell", "state_cell", "since")
    list_filter = ("state",)
    list_select_related = (
        "order",
        "account__policy",
        "account__session",
        "account__project",
    )
    search_fields = ("order__number",)
    empty_hint = "Nothing is counted yet. The first order under a policy or budget begins it."

    @admin.display(description="Whose limits")
    def whose(self, taken: SpendReservation) -> str:
        return _whose(taken.account)

    @admin.display(description="Amount", ordering="amount")
    def amount_cell(self, taken: SpendReservation) -> str:
        return _money(taken)

    @admin.display(description="State", ordering="state")
    def state_cell(self, taken: SpendReservation) -> SafeString:
        return _state(taken)

    @admin.display(description="Since", ordering="reserved_at")
    def since(self, taken: SpendReservation) -> SafeString | str:
        return when(taken.reserved_at)

    def facts(self, _request: HttpRequest, taken: SpendReservation) -> Facts:
        return (
            ("Order", to(taken.order)),
            ("Account", link(_whose(taken.account), record_url(taken.account))),
            ("Amount", _money(taken)),
            ("State", _state(taken)),
            ("Converted at", plain(taken.rate)),
            ("Rate of", f"{taken.rate_on:%-d %b %Y}" if taken.rate_on else EMPTY),
            ("Since", when(taken.reserved_at)),
            ("Last change", when(taken.changed_at)),
        )


def _whose(account: SpendAccount) -> str:
    """A policy's, a session's in a project, or a project's."""
    if account.session is not None:
        return f"{account.session} in {account.project}"
    return str(account.policy or account.project)


def _money(taken: SpendReservation) -> str:
    return written(taken.amount, taken.account.currency)


def _state(taken: SpendReservation) -> SafeString:
    return tag(taken.state, TONES[taken.state])
