"""Who did something, as a page tells it: by name, with the session that they did it in."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.identity.admin.cells import EMPTY, link, record_url, to
from apps.oauth.models import TokenSession


def who(session: TokenSession | None) -> SafeString | str:
    """The person, else the client that acted for itself; with a link to the session."""
    if session is None:
        return EMPTY
    somebody = session.user or session.client
    in_session = link("session", record_url(session))
    if somebody is None:
        return in_session
    return format_html('{} <span class="aside">({})</span>', to(somebody), in_session)
