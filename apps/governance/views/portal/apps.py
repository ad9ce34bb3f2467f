"""/account/apps/: the company's applications, and what acts for the person now."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.governance.selectors import (
    client_of_partner,
    live_session_of,
    portal_clients,
    sessions_shown,
)
from apps.governance.views.portal.visitor import Visitor, portal_page
from apps.oauth.scopes import CATALOGUE, Scope
from apps.oauth.services import end_client_sessions, end_session
from apps.oauth.services.limits import limits_of_session

REASON = "ended in the partner portal"


def _in_words(names: list[str]) -> list[Scope]:
    return [scope for name, scope in CATALOGUE.items() if name in names]


@portal_page("GET", "HEAD")
def apps(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    own = sessions_shown(visitor.user, at=visitor.at)
    clients = portal_clients(visitor.acting.partner, at=visitor.at) if visitor.acting else []
    shown = {
        "acting": visitor.acting,
        "may_end": visitor.is_admin,
        "clients": [(client, _in_words(client.allowed_scopes)) for client in clients],
        "sessions": [
            (
                session,
                _in_words(session.scopes),
                limits_of_session(session, partner_id=session.partner_id),
            )
            for session in own
        ],
    }
    return render(request, "portal/apps.html", shown)


@portal_page("GET", "HEAD", "POST")
def end_client(request: HttpRequest, visitor: Visitor, client_id: str) -> HttpResponse:
    """Ask whether they mean it, and do it."""
    client = client_of_partner(visitor.company(), client_id, at=visitor.at)
    if request.method != "POST":
        return render(request, "portal/end_client.html", {"client": client})
    ended = end_client_sessions(actor=visitor.actor, at=visitor.at, client=client, reason=REASON)
    what = "session" if ended == 1 else "sessions"
    messages.success(request, f"{client.name}: {ended} live {what} ended.")
    return redirect("portal-apps")


@portal_page("POST")
def end_own(request: HttpRequest, visitor: Visitor, session_id: str) -> HttpResponse:
    session = live_session_of(visitor.user, session_id, at=visitor.at)
    end_session(actor=visitor.actor, at=visitor.at, session=session, reason=REASON)
    messages.success(request, "The session is ended. Its next request is refused.")
    return redirect("portal-apps")
