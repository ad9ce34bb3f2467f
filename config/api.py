"""The API's addresses below /api/v1, one line per resource; none ends with a slash."""

from django.urls import path

from apps.governance.api import projects as project_acts
from apps.partners.api import addresses, banking, contacts, tax, vendors
from apps.procurement.api import (
    acknowledgements,
    approvals,
    authorization,
    batches,
    changes,
    codelists,
    credit_notes,
    decisions,
    invoice_acts,
    invoices,
    lines,
    match_exceptions,
    me,
    moves,
    orders,
    receipts,
    revisions,
    shipments,
)
from apps.projects.api import projects
from apps.webhooks.api import activity, log, trail

app_name = "api"
# Read from the top at every request, so what is asked for most comes first.
urlpatterns = [
    path("purchase-orders", orders.OrderList.as_view(), name="purchase-orders"),
    path("purchase-orders/<str:order_id>", orders.OrderDetail.as_view(), name="purchase-order"),
    path("audit-events", trail.AuditEventList.as_view(), name="audit-events"),
    path("audit-log/checkpoints", log.CheckpointList.as_view(), name="checkpoints"),
    path("audit-log/checkpoints/<str:tree_size>", log.CheckpointDetail.as_view()),
    path("audit-log/inclusion-proofs", log.InclusionProof.as_view()),
    path("audit-log/consistency-proofs", log.ConsistencyProof.as_view()),
    path("batches", batches.Batch.as_view()),
    path("codelists/categories", codelists.CategoryList.as_view()),
    path("codelists/<str:name>", codelists.CodelistDetail.as_view()),
    path("invoices", invoices.InvoiceList.as_view(), name="invoices"),
    path("invoices/<str:invoice_id>", invoices.InvoiceDetail.as_view()),
    path("invoices/<str:invoice_id>/match", invoice_acts.InvoiceMatch.as_view()),
    path("invoices/<str:invoice_id>/approve", invoice_acts.InvoiceApprove.as_view()),
    path("invoices/<str:invoice_id>/reject", invoice_acts.InvoiceReject.as_view()),
    path("invoices/<str:invoice_id>/pay", invoice_acts.InvoicePay.as_view()),
    path("invoices/<str:invoice_id>/exceptions", match_exceptions.ExceptionList.as_view()),
    path(
        "invoices/<str:invoice_id>/exceptions/<str:exception_id>",
        match_exceptions.ExceptionDetail.as_view(),
    ),
    path(
        "invoices/<str:invoice_id>/exceptions/<str:exception_id>/resolve",
        match_exceptions.ExceptionResolve.as_view(),
    ),
    path("invoices/<str:invoice_id>/credit-notes", credit_notes.CreditNoteList.as_view()),
    path(
        "invoices/<str:invoice_id>/credit-notes/<str:credit_note_id>",
        credit_notes.CreditNoteDetail.as_view(),
    ),
    path("me", me.Me.as_view()),
    path("purchase-orders/<str:order_id>/submit", moves.OrderSubmit.as_view()),
    path("purchase-orders/<str:order_id>/approve", moves.OrderApprove.as_view()),
    path("purchase-orders/<str:order_id>/reject", moves.OrderReject.as_view()),
    path("purchase-orders/<str:order_id>/issue", moves.OrderIssue.as_view()),
    path("purchase-orders/<str:order_id>/cancel", moves.OrderCancel.as_view()),
    path("purchase-orders/<str:order_id>/close", moves.OrderClose.as_view()),
    path("purchase-orders/<str:order_id>/hold", moves.OrderHold.as_view()),
    path("purchase-orders/<str:order_id>/release", moves.OrderRelease.as_view()),
    path("purchase-orders/<str:order_id>/approvals", approvals.ApprovalList.as_view()),
    path("purchase-orders/<str:order_id>/lines", lines.LineList.as_view()),
    path("purchase-orders/<str:order_id>/revisions", revisions.RevisionList.as_view()),
    path(
        "purchase-orders/<str:order_id>/revisions/<str:revision_id>",
        revisions.RevisionDetail.as_view(),
    ),
    path(
        "purchase-orders/<str:order_id>/authorization",
        authorization.OrderAuthorization.as_view(),
    ),
    path("purchase-orders/<str:order_id>/changes", changes.ChangeList.as_view()),
    path("purchase-orders/<str:order_id>/changes/<str:change_id>", changes.ChangeDetail.as_view()),
    path(
        "purchase-orders/<str:order_id>/changes/<str:change_id>/approve",
        changes.ChangeApprove.as_view(),
    ),
    path(
        "purchase-orders/<str:order_id>/changes/<str:change_id>/accept",
        changes.ChangeAccept.as_view(),
    ),
    path(
        "purchase-orders/<str:order_id>/changes/<str:change_id>/refuse",
        changes.ChangeRefuse.as_view(),
    ),
    path(
        "purchase-orders/<str:order_id>/changes/<str:change_id>/withdraw",
        changes.ChangeWithdraw.as_view(),
    ),
    path(
        "purchase-orders/<str:order_id>/acknowledgements",
        acknowledgements.AcknowledgementList.as_view(),
    ),
    path(
        "purchase-orders/<str:order_id>/acknowledgements/<str:acknowledgement_id>",
        acknowledgements.AcknowledgementDetail.as_view(),
    ),
    path("projects", projects.ProjectList.as_view(), name="projects"),
    path("projects/<str:project_id>", projects.ProjectDetail.as_view()),
    path("projects/<str:project_id>/close", project_acts.ProjectClose.as_view()),
    path("projects/<str:project_id>/members", projects.ProjectMemberList.as_view()),
    path("purchasing-decisions", decisions.PurchasingDecision.as_view()),
    path("receipts", receipts.ReceiptList.as_view(), name="receipts"),
    path("receipts/<str:receipt_id>", receipts.ReceiptDetail.as_view()),
    path("receipts/<str:receipt_id>/reverse", receipts.ReceiptReverse.as_view()),
    path(
        "sessions/<str:session_id>/activity",
        activity.SessionActivity.as_view(),
        name="session-activity",
    ),
    path("shipments", shipments.ShipmentList.as_view(), name="shipments"),
    path("shipments/<str:shipment_id>", shipments.ShipmentDetail.as_view()),
    path("shipments/<str:shipment_id>/withdraw", shipments.ShipmentWithdraw.as_view()),
    path("vendors", vendors.VendorList.as_view(), name="vendors"),
    path("vendors/<str:vendor_id>", vendors.VendorDetail.as_view()),
    path("vendors/<str:vendor_id>/contacts", contacts.ContactList.as_view()),
    path("vendors/<str:vendor_id>/contacts/<str:part_id>", contacts.ContactDetail.as_view()),
    path("vendors/<str:vendor_id>/addresses", addresses.AddressList.as_view()),
    path("vendors/<str:vendor_id>/addresses/<str:part_id>", addresses.AddressDetail.as_view()),
    path("vendors/<str:vendor_id>/tax-registrations", tax.TaxList.as_view()),
    path("vendors/<str:vendor_id>/tax-registrations/<str:part_id>", tax.TaxDetail.as_view()),
    path("vendors/<str:vendor_id>/bank-accounts", banking.AccountList.as_view()),
    path("vendors/<str:vendor_id>/bank-account-changes", banking.ChangeList.as_view()),
    path(
        "vendors/<str:vendor_id>/bank-account-changes/<str:change_id>",
        banking.ChangeDetail.as_view(),
    ),
    path(
        "vendors/<str:vendor_id>/bank-account-changes/<str:change_id>/withdraw",
        banking.ChangeWithdraw.as_view(),
    ),
]
