"""What a person has that deactivating them ends: the dry run, and what its evidence counts."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from apps.governance.models import Invitation
from apps.governance.selectors.plans import plan_offboarding
from apps.identity.models import User

ENDED = ("sessions", "access_tokens", "refresh_tokens", "authorization_codes", "owned_clients")


def plan_deactivation(user: User, *, at: datetime) -> dict[str, int]:
    """How many of each kind deactivating the person would end now; owned clients go on working and
    are counted all the same. Nothing is changed.
    """
    planned = plan_offboarding(user, at=at).counts
    return {
        **{kind: planned[kind] for kind in ENDED},
        "sign_ins": UserSession.objects.filter(user=user).count(),
        "invitations": invitations_waiting(user).count(),
    }


def invitations_waiting(user: User) -> QuerySet[Invitation]:
    """Those that the person sent and nobody has accepted or taken back."""
    return user.invitations_sent.filter(accepted_at__isnull=True, cancelled_at__isnull=True)
