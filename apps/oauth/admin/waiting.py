"""What waits for a second person, on the pages of what it is about."""

from collections.abc import Iterator
from datetime import datetime

from apps.identity.admin.cells import codes, to, when
from apps.identity.admin.records import Table
from apps.oauth.models import Client, RestrictedScopeRequest
from apps.oauth.selectors.scope_requests import waiting_requests


def waits_for(request: RestrictedScopeRequest | None) -> str:
    """What to tell whoever asked; nothing where nothing waits."""
    if request is None:
        return ""
    names = ", ".join(request.scopes)
    return f"Not given yet: {names}. A second member of staff decides within 14 days."


def requests_table(client: Client, *, at: datetime) -> Iterator[Table]:
    """What waits for a second person, on the client's own page; nothing where nothing does."""
    rows = [
        (to(one), codes(one.scopes), to(one.asked_by), when(one.asked_at), when(one.expires_at))
        for one in waiting_requests(at=at).filter(client=client)
    ]
    if rows:
        head = ("Request", "Scopes", "Asked by", "Asked", "Until")
        yield Table("Waits for a second person", head, rows, "")
