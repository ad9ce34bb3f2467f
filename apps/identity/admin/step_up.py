"""What gives access or cannot be undone asks staff to prove anew who they are (ASVS 5 V7.5.3)."""

from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest

from apps.identity.forms.proof import has_proved_lately
from apps.identity.models import User


def require_recent_sign_in(request: HttpRequest) -> None:
    """Leads to where they prove it, and back here, unless they have lately. Raises
    ReauthenticationRequired, which `ProofMiddleware` answers.
    """
    user = request.user
    # Whoever is nobody, the admin site itself turns away.
    if isinstance(user, User) and not has_proved_lately(request, user):
        raise ReauthenticationRequired
