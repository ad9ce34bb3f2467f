"""What kind of client a company's client is (spec 1 no. 12)."""

from apps.oauth.models import ClientKind
from apps.partners.models import Partner, PartnerKind


def client_kind(partner: Partner | None) -> ClientKind:
    """Without a partner it is the buyer's own; a vendor brings a tool, anyone else a service."""
    if partner is None:
        return ClientKind.INTERNAL
    is_vendor = partner.kind == PartnerKind.VENDOR
    return ClientKind.PARTNER_TOOL if is_vendor else ClientKind.SERVICE
