"""The spend ledger: what has been set aside and spent of each limit."""

from django.db import models
from django.db.models import Q

from apps.core.models import Identified
from apps.oauth.models import TokenSession
from apps.procurement.models.orders import PurchaseOrder
from apps.projects.models import Project, PurchasingPolicy


class SpendAccount(Identified):
    """What is spent of one limit, in one currency: the row that parallel acts queue for.

    Of a policy (every order it was asked of), of a token session in one project (what its
    authorization details allow), or of a project's budget. ``reserved`` and ``consumed`` are the
    sums of its reservations in those states, wide enough for more orders than there can be: one
    caller's must not stop all the others.
    """

    id_prefix = "spa"

    policy = models.ForeignKey(
        PurchasingPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )
    session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="spend_accounts",
    )
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="spend_accounts"
    )
    currency = models.CharField(max_length=3)
    reserved = models.DecimalField(max_digits=38, decimal_places=4, default=0)
    consumed = models.DecimalField(max_digits=38, decimal_places=4, default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "session", "project", "currency"],
                name="procurement_spend_account",
                nulls_distinct=False,
                violation_error_message="There is an account of this already.",
            ),
            models.CheckConstraint(
                condition=Q(policy__isnull=False, session__isnull=True)
                | Q(policy__isnull=True, project__isnull=False),
                name="procurement_spend_account_kind",
                violation_error_message="An account is a policy's, a session's or a project's.",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, consumed__gte=0),
                name="procurement_spend_sums",
                violation_error_message="What is spent is never less than nothing.",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class SpendState(models.TextChoices):
    """Set aside at submission, spent at issue, given back otherwise (reference 3c)."""

    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"


class SpendReservation(Identified):
    """What one order takes of one account, in the account's currency, without tax.

    ``rate`` and ``rate_on`` are how the order's amount was converted: 1 and null where both are
    in one currency. An order has at most one that is not released on an account.
    """

    id_prefix = "spr"

    account = models.ForeignKey(SpendAccount, on_delete=models.PROTECT, related_name="reservations")
    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="spend_reservations"
    )
    state = models.CharField(max_length=10, choices=SpendState.choices, default=SpendState.RESERVED)
    amount = models.DecimalField(max_digits=28, decimal_places=4)
    rate = models.DecimalField(max_digits=19, decimal_places=10)
    rate_on = models.DateField(null=True, blank=True)
    reserved_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "order"],
                condition=~Q(state=SpendState.RELEASED),
                name="procurement_reservation_once",
                violation_error_message="The order has taken of this account already.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=SpendState.values, amount__gte=0, rate__gt=0),
                name="procurement_reservation_values",
                violation_error_message="This is not a reservation.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "reserved_at"],
                condition=~Q(state=SpendState.RELEASED),
                name="procurement_reservation_period",
            )
        ]

    def __str__(self) -> str:
        return self.public_id
