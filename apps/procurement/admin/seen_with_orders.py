"""Records that whoever sees orders sees too."""

from django.db.models import Model
from django.http import HttpRequest

from apps.identity.admin.records import M, RecordAdmin

VIEW = "procurement.view_purchaseorder"


class SeenWithOrders(RecordAdmin[M]):
    """No permission of their own: they are parts of what an order's page tells."""

    def has_view_permission(self, request: HttpRequest, _obj: Model | None = None) -> bool:
        return request.user.has_perm(VIEW)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW)
