"""Purchasing policies: what may be bought, by whom, up to how much. Versions are written once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.models import AppendOnlyModel, Identified
from apps.partners.models import Partner
from apps.projects.models.entities import BuyerEntity
from apps.projects.models.projects import Project


class PurchasingPolicy(Identified):
    """Whom a policy is for: everybody who buys for the buyer entity, or only the client, partner,
    role or project it names; of several all must fit. What it says is in its versions.
    """

    id_prefix = "pol"

    buyer_entity = models.ForeignKey(
        BuyerEntity, on_delete=models.PROTECT, related_name="purchasing_policies"
    )
    name = models.CharField(max_length=200)
    client_id = models.CharField(max_length=255, blank=True, help_text="The OAuth client_id")
    partner = models.ForeignKey(
        Partner,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="purchasing_policies",
    )
    role = models.CharField(max_length=20, blank=True)
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="purchasing_policies",
    )
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "purchasing policies"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer_entity", "name"],
                name="projects_policy_name",
                violation_error_message="The buyer entity has a policy of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(Identified, AppendOnlyModel):
    """What a policy says from a moment on, until a later version of it says otherwise.

    ``version`` counts over all policies, so that one number names one text. Empty lists and
    missing amounts restrict nothing. Amounts are without tax, in ``currency``. Categories are
    codes, each with all that begin with it; what is denied is denied though it be allowed.
    ``ship_to`` are countries (`SE`), or a country and the beginning of a postal code (`SE-11`).
    From ``auto_approve_below`` on, an order needs somebody's approval; with ``requires_contract``
    it names the contract that it is under. Database triggers refuse UPDATE, DELETE and TRUNCATE.
    """

    id_prefix = "plv"

    policy = models.ForeignKey(PurchasingPolicy, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField(unique=True)
    effective_from = models.DateTimeField()
    categories_allowed = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    categories_denied = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    vendors = ArrayField(models.UUIDField(), default=list, blank=True)
    currencies = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    ship_to = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    currency = models.CharField(max_length=3, help_text="ISO 4217; of the amounts below")
    per_order_max = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    per_period_max = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    period_days = models.PositiveSmallIntegerField(null=True, blank=True)
    cumulative_max = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    auto_approve_below = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    requires_contract = models.BooleanField(default=False)
    reason = models.CharField(max_length=500)
    created_by = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(per_period_max__isnull=True, period_days__isnull=True)
                | Q(per_period_max__gte=0, period_days__gte=1, period_days__lte=366),
                name="projects_policy_period",
                violation_error_message="A limit per period is an amount and 1 to 366 days.",
            ),
            models.CheckConstraint(
                condition=(Q(per_order_max__isnull=True) | Q(per_order_max__gte=0))
                & (Q(cumulative_max__isnull=True) | Q(cumulative_max__gte=0))
                & (Q(auto_approve_below__isnull=True) | Q(auto_approve_below__gte=0)),
                name="projects_policy_amounts",
                violation_error_message="Amounts are not negative.",
            ),
        ]
        indexes = [
            models.Index(fields=["policy", "-effective_from"], name="projects_policy_effective")
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


class ApprovalRule(Identified):
    """Who must approve which orders. Rules are added and retired, never rewritten.

    One that fits asks for ``min_approvers`` different people of ``approver_role``, after those of
    every lower ``sequence``. It fits an order with a line in its category, all that begin with it
    included (none means any), from ``amount_from`` on, without tax, in the buyer entity's
    currency, the amount itself included. Orders of one requester to one vendor within
    ``split_days`` count as one (reference 2d no. 12).
    """

    id_prefix = "apr"

    buyer_entity = models.ForeignKey(
        BuyerEntity, on_delete=models.PROTECT, related_name="approval_rules"
    )
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="approval_rules"
    )
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=40, blank=True)
    amount_from = models.DecimalField(max_digits=19, decimal_places=4)
    approver_role = models.CharField(max_length=20)
    sequence = models.PositiveSmallIntegerField(default=1)
    min_approvers = models.PositiveSmallIntegerField(default=1)
    split_days = models.PositiveSmallIntegerField(default=7)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["sequence", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_from__gte=0, min_approvers__gte=1, min_approvers__lte=10),
                name="projects_rule_numbers",
                violation_error_message="A rule asks for 1 to 10 people, from nothing on or more.",
            )
        ]

    def __str__(self) -> str:
        return self.name
