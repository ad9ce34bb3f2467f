"""Whether the vendor may be bought from at this moment."""

from datetime import datetime

from apps.procurement.errors import VendorNotActiveError
from apps.procurement.models import PurchaseOrder
from apps.procurement.selectors.orders import vendor_in_project


def require_vendor_stands(order: PurchaseOrder, *, at: datetime) -> None:
    """Nothing new is ordered of a vendor that was suspended, offboarded, or taken out of the
    project since the draft. What it delivered is still received and paid. Raises
    VendorNotActiveError.
    """
    if vendor_in_project(vendor_id=order.vendor_id, project_id=order.project_id, at=at) is None:
        raise VendorNotActiveError("The vendor is not active in the project any more.")
