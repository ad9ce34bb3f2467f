"""What gives access or cannot be undone asks staff to prove anew who they are (ASVS 5 V7.5.3)."""

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from apps.identity.models import User


def require_recent_sign_in(request: HttpRequest) -> None:
    """Leads to the page that asks for the password or second factor, and back here, unless that
    was within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds. Raises ReauthenticationRequired, which
    allauth's middleware answers.
    """
    user = request.user
    if not isinstance(user, User):
        return  # The admin site itself turns them away.
    records = get_authentication_records(request, user)
    latest = max((record["at"] for record in records), default=0.0)
    if timezone.now().timestamp() - latest > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        raise ReauthenticationRequired
