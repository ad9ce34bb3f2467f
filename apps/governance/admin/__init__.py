"""The admin site of the product, and the pages that need many apps at once."""

from apps.governance.admin.federations import FederationAdmin
from apps.governance.admin.invitations import InvitationAdmin
from apps.governance.admin.offboardings import OffboardingAdmin
from apps.governance.admin.partners import PartnerAdmin
from apps.governance.admin.people import PersonAdmin

__all__ = ["FederationAdmin", "InvitationAdmin", "OffboardingAdmin", "PartnerAdmin", "PersonAdmin"]
