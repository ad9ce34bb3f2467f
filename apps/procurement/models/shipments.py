"""What a vendor tells of goods under way."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.models import AppendOnlyModel, Identified
from apps.oauth.models import TokenSession
from apps.partners.models import Partner
from apps.procurement.models.lines import PurchaseOrderLine
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.states import ShipmentStatus
from apps.projects.models import BuyerEntity, Project


class ShipmentNotice(Identified):
    """Goods of one order that are under way, as their vendor announced them.

    ``reference`` is the vendor's own number of the delivery. Entity, project and vendor are those
    of the order, which never change, so that lists need no join.
    """

    id_prefix = "shp"

    number = models.CharField(max_length=40)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="shipments")
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="shipments")
    vendor = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="shipments")
    status = models.CharField(
        max_length=10, choices=ShipmentStatus.choices, default=ShipmentStatus.ANNOUNCED
    )
    revision = models.PositiveIntegerField(default=1)
    reference = models.CharField(max_length=100, blank=True, help_text="The vendor's own number")
    carrier = models.CharField(max_length=100, blank=True)
    tracking = models.CharField(max_length=100, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    eta = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    created_by_session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="announced_shipments"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    withdrawn_by_session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="withdrawn_shipments",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "buyer_entity"],
                name="procurement_shipment_number",
                violation_error_message="The buyer entity has a shipment with this number already.",
            ),
            models.CheckConstraint(
                condition=Q(status=ShipmentStatus.ANNOUNCED, withdrawn_at__isnull=True)
                | Q(status=ShipmentStatus.WITHDRAWN, withdrawn_at__isnull=False),
                name="procurement_shipment_status",
                violation_error_message="What is withdrawn has a time, what is announced none.",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "-id"], name="procurement_shipment_order"),
            models.Index(fields=["project", "-id"], name="procurement_shipment_project"),
            models.Index(fields=["vendor", "-id"], name="procurement_shipment_vendor"),
            models.Index(fields=["created_at", "id"], name="procurement_shipment_created"),
            models.Index(fields=["updated_at", "id"], name="procurement_shipment_updated"),
            models.Index(fields=["eta", "id"], name="procurement_shipment_eta"),
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(AppendOnlyModel):
    """How much of an order's line is under way, in how many packages, and which pieces."""

    shipment = models.ForeignKey(ShipmentNotice, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(PurchaseOrderLine, on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=19, decimal_places=6)
    packages = models.PositiveIntegerField(null=True, blank=True)
    package_unit = models.CharField(
        max_length=3, blank=True, help_text="UN/ECE recommendation 21, such as XPK"
    )
    lots = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    serials = ArrayField(models.CharField(max_length=100), default=list, blank=True)

    class Meta:
        ordering = ["shipment_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "line"],
                name="procurement_shipment_line_once",
                violation_error_message="The shipment has this line already.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="procurement_shipment_quantity",
                violation_error_message="A quantity is greater than zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
