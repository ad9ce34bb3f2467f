"""What is shown of procurement's resources, and what their lists are filtered and sorted by."""

from apps.gateway.rest import Fieldset, Listing, filters
from apps.partners.models import Partner
from apps.partners.selectors.companies import companies_known_to
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.rest.bodies import AcknowledgementBody, LineStateBody, OrderBody
from apps.procurement.rest.change_bodies import ChangeBody
from apps.procurement.rest.revisions import RevisionBody
from apps.procurement.selectors.orders import orders_known_to
from apps.procurement.states import (
    BillingFacet,
    ChangeStatus,
    OrderStatus,
    ReceiptFacet,
    Response,
    Side,
)
from apps.projects.models import Project
from apps.projects.selectors.visible import projects_known_to

ACKNOWLEDGEMENT = Fieldset(AcknowledgementBody)
ACKNOWLEDGEMENTS = Listing(
    AcknowledgementBody,
    filters={
        "response": filters.choice("response", Response.values),
        "at": filters.instant("at"),
    },
    sorts={"at": "at"},
    parts={"lines": ("lines",)},
)
CHANGE = Fieldset(ChangeBody)
CHANGES = Listing(
    ChangeBody,
    filters={
        "status": filters.choice("status", ChangeStatus.values),
        "proposed_by": filters.choice("proposed_by", Side.values),
        "created_at": filters.instant("created_at"),
        "updated_at": filters.instant("updated_at"),
        "decided_at": filters.instant("decided_at", nullable=True),
    },
    sorts={"created_at": "created_at", "updated_at": "updated_at"},
)
LINES = Listing(
    LineStateBody,
    filters={"line_no": filters.number("line_no"), "category": filters.text("category")},
    sorts={"line_no": "line_no"},
    default_sort="line_no",
    parts={"adjustments": ("allowances", "charges")},
)
REVISION = Fieldset(RevisionBody)
REVISIONS = Listing(
    RevisionBody,
    expands={"content": ()},
    filters={
        "act": filters.choice("act", RevisionAct.values),
        "revision": filters.number("revision"),
        "at": filters.instant("at"),
    },
    sorts={"revision": "revision"},
)
# Lines are always there; expanding them adds them to a choice of fields.
ORDER = Fieldset(OrderBody, expands={"lines": (), "vendor": ("vendor",)})
ORDERS = Listing(
    OrderBody,
    expands=ORDER.expands,
    filters={
        "id": filters.public_id("pk", PurchaseOrder.id_prefix, gate=orders_known_to),
        "status": filters.choice("status", OrderStatus.values),
        "number": filters.text("number"),
        "reference": filters.text("reference"),
        "contract_ref": filters.text("contract_ref"),
        "project": filters.public_id("project_id", Project.id_prefix, gate=projects_known_to),
        "vendor": filters.public_id("vendor_id", Partner.id_prefix, gate=companies_known_to),
        "currency": filters.text("currency"),
        "created_at": filters.instant("created_at"),
        "updated_at": filters.instant("updated_at"),
        "issued_at": filters.instant("issued_at", nullable=True),
        "receipt_status": filters.choice("receipt_status", ReceiptFacet.values),
        "billing_status": filters.choice("billing_status", BillingFacet.values),
        "requested_delivery": filters.day("requested_delivery", nullable=True),
        "tax_exclusive": filters.decimal("tax_exclusive"),
        "tax_inclusive": filters.decimal("tax_inclusive"),
    },
    sorts={
        "created_at": "created_at",
        "updated_at": "updated_at",
        "number": "number",
        "tax_exclusive": "tax_exclusive",
        "tax_inclusive": "tax_inclusive",
    },
    parts={"lines": ("lines",), "adjustments": ("lines", "allowances", "charges")},
)
