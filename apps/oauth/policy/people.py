"""Which person may let which client act for them."""

from typing import TYPE_CHECKING

from apps.oauth.models import Client
from apps.partners.models import PartnerKind

if TYPE_CHECKING:
    from apps.oauth.selectors import PersonAtGrant


def may_use_client(client: Client, person: "PersonAtGrant") -> bool:
    """A vendor's client is for that vendor's people; an integration partner's and the buyer's own
    are for anybody with a role. Nobody without a role gives anything.
    """
    if not person.is_live or not person.role:
        return False
    if client.partner is None or client.partner.kind == PartnerKind.INTEGRATION:
        return True
    return person.partner_id == client.partner_id
