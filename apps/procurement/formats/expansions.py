"""What an order's body shows in full when it is asked to: one level, and by the caller's claims."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from apps.core.actor import Actor
from apps.partners.formats import record_body
from apps.partners.models import Partner
from apps.partners.policy import Claims
from apps.partners.states import ClaimGroup
from apps.procurement.formats.orders import order_body
from apps.procurement.models import PurchaseOrder

Body = dict[str, Any]
NONE: frozenset[str] = frozenset()


def order_writer(
    actor: Actor, claims: Callable[[], Claims], *, at: datetime
) -> Callable[..., Body]:
    """Writes orders; ``claims`` is asked once, and only when a vendor is to be shown."""
    known: list[Claims] = []

    def write(order: PurchaseOrder, expand: frozenset[str] = NONE) -> Body:
        body = order_body(order, actor)
        if "vendor" in expand:
            if not known:
                known.append(claims())
            body["expanded"] = {"vendor": _profile(order.vendor, known[0], at)}
        return body

    return write


def _profile(vendor: Partner, claims: Claims, at: datetime) -> Body:
    """The vendor's profile; what else there is of it is read at its own address."""
    group = ClaimGroup.PROFILE
    profile = Claims({group: claims.fields(group)} if claims.sees(group) else {})
    shown = {**record_body(vendor, profile, at=at), "_redacted": claims.hidden([group])}
    return {
        "id": vendor.public_id,
        **{name: value for name, value in shown.items() if name != "_redacted" or value},
    }
