"""Sessions and clients as they stand on the pages of what they belong to."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from apps.identity.admin.cells import EMPTY, code, link, list_url, record_url, tag, to, when
from apps.identity.admin.records import Table
from apps.oauth.models import Client, TokenSession
from apps.oauth.selectors import live_sessions

SHOWN = 10
SESSION_HEAD = ("Session", "Who", "Scopes", "Granted", "Last token")


def live_sessions_of(sessions: QuerySet[TokenSession], *, at: datetime, query: str) -> Table:
    """Those of ``sessions`` by which somebody could act now, newest first."""
    return live_table(live_sessions(at=at).filter(pk__in=sessions.values("pk")), query=query)


def live_table(live: QuerySet[TokenSession], *, query: str) -> Table:
    """The newest of them; ``query`` is how all are listed."""
    rows = [
        (
            link(session.public_id, record_url(session)),
            session.user or session.client or EMPTY,
            len(session.scopes),
            when(session.granted_at),
            when(session.last_used_at),
        )
        for session in live.select_related("client", "user").order_by("-id")[:SHOWN]
    ]
    empty = "Nobody could act now. A session begins when a token is issued."
    return Table("Live sessions", SESSION_HEAD, rows, empty, list_url(TokenSession, query))


def client_table(clients: Iterable[Client], *, query: str, empty: str) -> Table:
    rows = [
        (to(client), code(client.client_id), client.get_role_display(), tag(client.status))
        for client in clients
    ]
    head = ("Client", "Client id", "Role", "Status")
    return Table("Clients", head, rows, empty, list_url(Client, query))
