"""Who acts is known from the token (reference 3e)."""

import uuid

from apps.core.errors import FieldError
from apps.core.ids import encode_id
from apps.gateway.errors import PrincipalMismatchError
from apps.partners.models import Partner


def require_same_vendor(said: str, vendor_id: uuid.UUID) -> None:
    """A body may repeat whose document it is, not name another vendor; empty is nothing said.
    Raises PrincipalMismatchError, which the trail hears of.
    """
    if said not in {"", encode_id(Partner.id_prefix, vendor_id)}:
        detail = "You act for yourself only."
        fault = FieldError("/vendor", "principal-mismatch", detail)
        raise PrincipalMismatchError(
            "Leave the vendor out.", errors=[fault], private={"named": {"/vendor": said}}
        )
