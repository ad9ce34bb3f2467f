"""Requests for restricted scopes that wait for a second person."""

from datetime import datetime

from django.db.models import QuerySet

from apps.identity.models import User
from apps.oauth.models.scope_requests import RequestState, RestrictedScopeRequest


def waiting_requests(*, at: datetime) -> QuerySet[RestrictedScopeRequest]:
    """Those that can be decided now."""
    return RestrictedScopeRequest.objects.filter(
        state=RequestState.OPEN, expires_at__gt=at
    ).select_related("client", "asked_by")


def staff_who_may(permission: str, **named: object) -> User | None:
    """The active member of staff of this name, if their role today has this permission."""
    person = User.objects.filter(is_active=True, is_staff=True, **named).first()
    return person if person is not None and person.has_perm(permission) else None
