"""How lately the person before us has proved who they are, as django-allauth wrote it down."""

import time
from typing import Any

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from apps.identity.models import User
from apps.identity.policy.proof import has_proved
from apps.identity.selectors import exists_by_federation

# In the state of a sign-in by a provider: when the person proved themselves to it, if it says so.
PROVED_AT = "proved_at"


def has_proved_lately(request: HttpRequest, user: User) -> bool:
    """Within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds, by the strongest they have."""
    return has_proved(
        get_authentication_records(request, user),
        has_factor=is_mfa_enabled(user),
        made_by_provider=exists_by_federation(user),
        since=time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT,
    )


def date_last_step(request: HttpRequest, user: User, at: float) -> None:
    """The last step was taken then, elsewhere, and only told to us now."""
    steps: list[dict[str, Any]] = [*get_authentication_records(request, user)]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [*steps[:-1], {**steps[-1], "at": at}]
