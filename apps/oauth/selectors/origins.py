"""Which clients' pages stand where."""

from datetime import datetime

from django.db.models import Q

from apps.oauth.models import Client, ClientStatus


def some_client_registered(origin: str, *, at: datetime) -> bool:
    """Whether a client that may act now names this origin as its page's."""
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    found = Client.objects.filter(
        unexpired, status=ClientStatus.ACTIVE, allowed_origins__contains=origin
    )
    return any(origin in names.split() for names in found.values_list("allowed_origins", flat=True))
