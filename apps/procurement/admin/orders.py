"""Orders as staff see them, with the trace of every revision and what may be done."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.identity.admin.acts import clock
from apps.identity.admin.cells import EMPTY, code, day, link, record_url, sum_of, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table
from apps.procurement.admin.approvals import approvals_table
from apps.procurement.admin.costs import cost_tables
from apps.procurement.admin.goods import goods_tables
from apps.procurement.admin.order_acts import ORDER_ACTS, said_holds
from apps.procurement.admin.order_steps import ORDER_STEPS
from apps.procurement.admin.queues import OrdersWaiting
from apps.procurement.admin.refusals import refusals_table
from apps.procurement.admin.sent_back import why_sent_back
from apps.procurement.admin.traces import step_of
from apps.procurement.admin.turns import order_waits_for
from apps.procurement.models import PurchaseOrder
from apps.procurement.money import amount, plain
from apps.procurement.selectors.trace import trace_order

LINE_HEAD = ("Line", "What", "Quantity", "Price", "Tax", "Needed by", "Net", "Received", "Invoiced")


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(RecordAdmin[PurchaseOrder]):
    list_display = ("number", "vendor", "total", "state", "in_project", "created")
    list_filter = (OrdersWaiting, "status", "buyer_entity", "currency")
    list_select_related = ("vendor", "project")
    search_fields = ("number", "reference", "contract_ref", "vendor__name", "project__number")
    date_hierarchy = "created_at"
    acts = (*ORDER_STEPS, *ORDER_ACTS)
    empty_hint = "No order yet. They come over the API, from a client with purchase_orders:create."

    @admin.display(description="Status", ordering="status")
    def state(self, order: PurchaseOrder) -> SafeString:
        return tag(order.status)

    @admin.display(description="Total", ordering="tax_inclusive")
    def total(self, order: PurchaseOrder) -> SafeString:
        return sum_of(f"{amount(order.tax_inclusive, order.currency)} {order.currency}")

    @admin.display(description="Project", ordering="project__number")
    def in_project(self, order: PurchaseOrder) -> str:
        return order.project.number

    @admin.display(description="Created", ordering="created_at")
    def created(self, order: PurchaseOrder) -> SafeString | str:
        return day(order.created_at)

    def facts(self, request: HttpRequest, order: PurchaseOrder) -> Facts:
        waits_for, sent_back = order_waits_for(request, order), why_sent_back(order)
        totals = (
            ("Lines", order.lines_net),
            ("Allowances", order.allowances_total),
            ("Charges", order.charges_total),
            ("Without tax", order.tax_exclusive),
            ("Tax", order.tax_total),
            ("With tax", order.tax_inclusive),
        )
        return (
            ("Status", tag(order.status)),
            *((("Waits for", waits_for),) if waits_for else ()),
            *((("Sent back", sent_back),) if sent_back else ()),
            ("On hold", said_holds(order) or EMPTY),
            ("Received", order.get_receipt_status_display()),
            ("Invoiced", order.get_billing_status_display()),
            ("Revision", order.revision),
            ("Vendor", to(order.vendor)),
            ("Project", to(order.project)),
            ("Buyer entity", to(order.buyer_entity)),
            ("Id", code(order.public_id)),
            ("Reference", order.reference or EMPTY),
            ("Contract", order.contract_ref or EMPTY),
            ("Delivery asked for", _day(order.requested_delivery)),
            ("Created", when(order.created_at)),
            ("Issued", when(order.issued_at)),
            ("Note", order.note or EMPTY),
            *((name, f"{amount(sum_, order.currency)} {order.currency}") for name, sum_ in totals),
        )

    def tables(self, request: HttpRequest, order: PurchaseOrder) -> Sequence[Table]:
        rows = [
            (
                line.line_no,
                line.description,
                f"{plain(line.quantity)} {line.uom}",
                f"{plain(line.unit_price, places=2)} per {plain(line.price_base_quantity)}",
                f"{line.tax_category} {plain(line.tax_rate)} %",
                _day(line.need_by),
                amount(line.net, order.currency),
                plain(line.quantity_received),
                plain(line.quantity_invoiced),
            )
            for line in order.lines.all()
        ]
        return (
            Table("What was ordered", LINE_HEAD, rows, "No lines."),
            *cost_tables(request, order),
            approvals_table(order, at=clock()),
            _answers(order),
            _changes(order),
            *goods_tables(order),
            *refusals_table(request, order),
            *trail_table(request, order.public_id),
        )

    def pages(self, _request: HttpRequest, order: PurchaseOrder) -> Sequence[tuple[str, str]]:
        address = reverse("admin:procurement_purchaseorder_trace", args=[order.pk])
        return (("Trace what authorised it", address),)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.trace_view)
        name = "procurement_purchaseorder_trace"
        return [path("<path:object_id>/trace/", view, name=name), *super().get_urls()]

    def trace_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Each revision with the right it was made by, and its proof."""
        order = self.record_of(request, object_id)
        traced = [row for row in trace_order(order.number) if row.revision.order_id == order.pk]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Trace of {order}",
            "record": order,
            "record_url": record_url(order),
            "proved": sum(row.proof is not None for row in traced),
            "steps": [step_of(row) for row in traced],
        }
        return TemplateResponse(request, "admin/trace.html", context)


def _day(day: object) -> str:
    return f"{day:%-d %b %Y}" if day else EMPTY


def _changes(order: PurchaseOrder) -> Table:
    rows = [
        (
            link(f"By the {change.proposed_by}", record_url(change)),
            tag(change.status),
            change.note or EMPTY,
            when(change.created_at),
        )
        for change in order.changes.all()
    ]
    head = ("Proposal", "Status", "Note", "Proposed")
    return Table("Changes proposed", head, rows, "Nobody has proposed a change.")


def _answers(order: PurchaseOrder) -> Table:
    rows = [
        (
            link(when(answer.at), record_url(answer)),
            answer.get_response_display(),
            answer.reason or EMPTY,
        )
        for answer in order.acknowledgements.all()
    ]
    empty = "The vendor has not answered." if order.issued_at else "It is not issued yet."
    return Table("What the vendor answered", ("When", "Answer", "Reason"), rows, empty)
