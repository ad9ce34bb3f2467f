"""The API's addresses below /api/v1, one line per resource; none ends with a slash."""

from django.urls import path

from apps.procurement.api import acknowledgements, orders
from apps.webhooks import api as webhooks

app_name = "api"
urlpatterns = [
    path("audit-events", webhooks.AuditEventList.as_view(), name="audit-events"),
    path("purchase-orders", orders.OrderList.as_view(), name="purchase-orders"),
    path("purchase-orders/<str:order_id>", orders.OrderDetail.as_view(), name="purchase-order"),
    path("purchase-orders/<str:order_id>/submit", orders.OrderSubmit.as_view()),
    path("purchase-orders/<str:order_id>/issue", orders.OrderIssue.as_view()),
    path(
        "purchase-orders/<str:order_id>/acknowledgements",
        acknowledgements.AcknowledgementList.as_view(),
    ),
]
