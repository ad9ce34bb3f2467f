"""Sign-ins that a client demanded (prompt=login, max_age): since when, per request."""

import hashlib
from datetime import datetime

from django.http import HttpRequest

DEMANDED = "oauth.sign_in_demanded"
MOST_KEPT = 5


def _name_of(request: HttpRequest) -> str:
    return hashlib.sha256(request.get_full_path().encode()).hexdigest()


def demanded_at(request: HttpRequest) -> datetime | None:
    """When this very request asked the person to sign in again; None if it did not yet."""
    found = request.session.get(DEMANDED, {}).get(_name_of(request))
    return datetime.fromisoformat(found) if found else None


def demand_sign_in(request: HttpRequest, *, at: datetime) -> None:
    """Remember it, so that the sign-in that follows satisfies the request once it comes back."""
    kept = dict(list(request.session.get(DEMANDED, {}).items())[-(MOST_KEPT - 1) :])
    request.session[DEMANDED] = {**kept, _name_of(request): at.isoformat()}
