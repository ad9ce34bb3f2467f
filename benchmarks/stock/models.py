"""An order and its lines, about as wide as the product's."""

from django.db import models


class PurchaseOrder(models.Model):
    number = models.CharField(max_length=40)
    project = models.CharField(max_length=100)
    vendor = models.CharField(max_length=200)
    status = models.CharField(max_length=20, default="draft")
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=100, blank=True)
    requested_delivery = models.DateField(null=True)
    note = models.TextField(blank=True)
    lines_net = models.DecimalField(max_digits=19, decimal_places=4)
    tax_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_inclusive = models.DecimalField(max_digits=19, decimal_places=4)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class Line(models.Model):
    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    line_no = models.PositiveIntegerField()
    description = models.CharField(max_length=500)
    category = models.CharField(max_length=40, blank=True)
    quantity = models.DecimalField(max_digits=19, decimal_places=6)
    uom = models.CharField(max_length=3)
    unit_price = models.DecimalField(max_digits=19, decimal_places=4)
    tax_category = models.CharField(max_length=2)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    net = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        ordering = ["line_no"]

    def __str__(self) -> str:
        return f"{self.order_id} line {self.line_no}"
