"""Why an order is a draft again, where whoever drafts it looks."""

from django.utils.safestring import SafeString

from apps.identity.admin.cells import stack
from apps.oauth.admin.who import who
from apps.procurement.models import OrderRevision, PurchaseOrder, RevisionAct
from apps.procurement.states import OrderStatus


def why_sent_back(order: PurchaseOrder) -> SafeString | str:
    """The reason and who gave it; "" for an order that is no draft, or was never sent back."""
    if order.status != OrderStatus.DRAFT:
        return ""
    rejected = OrderRevision.objects.filter(order=order, act=RevisionAct.REJECT)
    last = rejected.select_related("session__user", "session__client").last()
    if last is None:
        return ""
    return stack((last.reason or "No reason was given.", who(last.session)))
