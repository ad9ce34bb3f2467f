"""The admin site of the product, and the pages that need many apps at once."""

from apps.governance.admin.clients import LimitedClientAdmin
from apps.governance.admin.closings import ProjectClosingAdmin
from apps.governance.admin.federations import FederationAdmin
from apps.governance.admin.invitations import InvitationAdmin
from apps.governance.admin.offboardings import OffboardingAdmin
from apps.governance.admin.partners import PartnerAdmin
from apps.governance.admin.people import PersonAdmin
from apps.governance.admin.policies import PurchasingPolicyAdmin
from apps.governance.admin.projects import ClosableProjectAdmin

__all__ = [
    "ClosableProjectAdmin",
    "FederationAdmin",
    "InvitationAdmin",
    "LimitedClientAdmin",
    "OffboardingAdmin",
    "PartnerAdmin",
    "PersonAdmin",
    "ProjectClosingAdmin",
    "PurchasingPolicyAdmin",
]
