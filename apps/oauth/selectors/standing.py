"""Whether what was asked for in a session may still take effect by its rights."""

import uuid
from datetime import datetime, timedelta

from apps.oauth.models import TokenSession
from apps.oauth.selectors.liveness import live_sessions, open_projects_of_session

JUST_BEFORE = timedelta(microseconds=1)


def session_stands(session: TokenSession, *, project_id: uuid.UUID, at: datetime) -> bool:
    """Whether nobody ended the session or flipped what it rests on, and the project is open to it.
    Time alone takes nothing back of what was asked for in it: that it has expired since does not
    count.
    """
    before = min(at, session.expires_at - JUST_BEFORE)
    found = live_sessions(at=before).filter(pk=session.pk)
    opened = open_projects_of_session(at=at)
    of_session = found.annotate(opened=opened).values_list("opened", flat=True)
    return any(project_id in projects for projects in of_session)
