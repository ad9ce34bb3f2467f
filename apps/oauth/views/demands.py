"""Sign-ins that a client demanded (prompt=login, max_age): since when, per request."""

import hashlib
from datetime import datetime, timedelta

from django.http import HttpRequest

DEMANDED = "oauth.sign_in_demanded"
MOST_KEPT = 5
# A sign-in takes less; one of earlier today is no answer to a demand of now.
ANSWERED_WITHIN = timedelta(minutes=10)


def _name_of(request: HttpRequest) -> str:
    return hashlib.sha256(request.get_full_path().encode()).hexdigest()


def demanded_at(request: HttpRequest, *, at: datetime) -> datetime | None:
    """When this very request asked the person to sign in again; None if it did not lately."""
    found = request.session.get(DEMANDED, {}).get(_name_of(request))
    since = datetime.fromisoformat(found) if found else None
    return since if since and at - since <= ANSWERED_WITHIN else None


def demand_sign_in(request: HttpRequest, *, at: datetime) -> None:
    """Remember it, so that the sign-in that follows satisfies the request once it comes back."""
    kept = dict(list(request.session.get(DEMANDED, {}).items())[-(MOST_KEPT - 1) :])
    request.session[DEMANDED] = {**kept, _name_of(request): at.isoformat()}


def demands_are_met(request: HttpRequest) -> None:
    """The person has answered some request: what was demanded until now is used up."""
    request.session.pop(DEMANDED, None)
