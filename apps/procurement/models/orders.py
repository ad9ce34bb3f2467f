"""The order, its lines, and what is taken off or added to either."""

from django.db import models
from django.db.models import F, Q

from apps.core.models import Identified
from apps.oauth.models import TokenSession
from apps.partners.models import Partner
from apps.procurement.states import BillingFacet, OrderStatus, ReceiptFacet
from apps.projects.models import BuyerEntity, Project


class PurchaseOrder(Identified):
    """An order of the buyer's to one vendor, for one project, in one currency.

    ``revision`` counts writes and is what the ETag shows; ``context_revision`` is the newest that
    left an OrderRevision, for facets are reckoned without one. Migration 0006 has a foreign key
    that says there is one. Totals are computed here, never taken from a client. ``tax_subtotals``
    are the amounts per tax category and rate, as strings. ``approved_hash`` is the hash of the
    content that was approved, in one of the revisions. ``amount_base`` is ``tax_exclusive`` in the
    buyer entity's currency when it was submitted, at ``fx_rate`` of ``fx_date``; null where nothing
    asked for a conversion that there is no rate for. ``submitted_by`` is the requester as the trail
    names them.
    """

    id_prefix = "po"

    number = models.CharField(max_length=40)
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="orders")
    vendor = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=20, choices=OrderStatus.choices, default=OrderStatus.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    context_revision = models.PositiveIntegerField(default=1)
    approved_hash = models.CharField(max_length=64, blank=True)
    receipt_status = models.CharField(
        max_length=10, choices=ReceiptFacet.choices, default=ReceiptFacet.NONE
    )
    billing_status = models.CharField(
        max_length=10, choices=BillingFacet.choices, default=BillingFacet.NONE
    )
    buyer_hold = models.BooleanField(default=False)
    vendor_hold = models.BooleanField(default=False)
    compliance_hold = models.BooleanField(default=False)
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    reference = models.CharField(max_length=100, blank=True, help_text="The buyer's own number")
    contract_ref = models.CharField(
        max_length=200, blank=True, help_text="The contract it is placed under"
    )
    requested_delivery = models.DateField(null=True, blank=True)
    ship_to = models.JSONField(null=True, blank=True)
    bill_to = models.JSONField(null=True, blank=True)
    terms = models.TextField(blank=True)
    note = models.TextField(blank=True)
    lines_net = models.DecimalField(max_digits=19, decimal_places=4)
    allowances_total = models.DecimalField(max_digits=19, decimal_places=4)
    charges_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_exclusive = models.DecimalField(max_digits=19, decimal_places=4)
    tax_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_inclusive = models.DecimalField(max_digits=19, decimal_places=4)
    tax_subtotals = models.JSONField()
    amount_base = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    fx_rate = models.DecimalField(max_digits=19, decimal_places=10, null=True, blank=True)
    fx_date = models.DateField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.CharField(max_length=100, blank=True)
    created_by_session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="created_orders"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "buyer_entity"],
                name="procurement_order_number",
                violation_error_message="The buyer entity has an order with this number already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values),
                name="procurement_order_status",
                violation_error_message="This is not an order's status.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="procurement_order_currency",
                violation_error_message="A currency has three capital letters.",
            ),
            models.CheckConstraint(
                condition=Q(revision__gt=0),
                name="procurement_order_revision",
                violation_error_message="Revisions count from 1.",
            ),
            models.CheckConstraint(
                condition=Q(context_revision__gt=0, context_revision__lte=F("revision")),
                name="procurement_order_revision_context",
                violation_error_message="The newest context is of a revision that there is.",
            ),
            models.CheckConstraint(
                condition=Q(
                    receipt_status__in=ReceiptFacet.values, billing_status__in=BillingFacet.values
                ),
                name="procurement_order_facets",
                violation_error_message="These are not an order's facets.",
            ),
            models.CheckConstraint(
                condition=Q(lines_net__gte=0, tax_exclusive__gte=0, tax_inclusive__gte=0),
                name="procurement_order_totals",
                violation_error_message="The totals of an order are not negative.",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="procurement_order_project"),
            models.Index(fields=["vendor", "-id"], name="procurement_order_vendor"),
            # Lists sorted by these walk one index and leave out what the caller may not see; the
            # gate names many projects, so a project before the column would order nothing.
            models.Index(fields=["updated_at", "id"], name="procurement_order_updated"),
            models.Index(fields=["created_at", "id"], name="procurement_order_created"),
            models.Index(fields=["tax_inclusive", "id"], name="procurement_order_total"),
            models.Index(fields=["tax_exclusive", "id"], name="procurement_order_net"),
            models.Index(
                fields=["submitted_by", "vendor", "-submitted_at"],
                condition=Q(submitted_at__isnull=False),
                name="procurement_order_submitted",
            ),
        ]

    def __str__(self) -> str:
        return self.number
