"""What a page asks about, kept on the server while the person reads it: nothing that comes back
with the form is trusted beyond a handle and yes or no.
"""

import secrets
import uuid
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from apps.oauth.services.codes import Consent
from apps.oauth.views.pages import RefusedError

MOST_KEPT = 5
GONE = "This page is no longer valid"
# What the request asked of the sign-in was looked at when the page was made.
PAGE_LIFE = timedelta(minutes=10)


def keep(request: HttpRequest, name: str, shown: dict[str, Any], *, at: datetime) -> str:
    """Keep this under ``name`` in the sign-in session; the handle is good for one answer, within
    PAGE_LIFE.
    """
    handle = secrets.token_urlsafe(16)
    kept = dict(list(request.session.get(name, {}).items())[-(MOST_KEPT - 1) :])
    request.session[name] = {**kept, handle: {**shown, "kept_at": at.isoformat()}}
    return handle


def taken_back(
    request: HttpRequest, name: str, *, shape: AbstractSet[str], at: datetime
) -> dict[str, Any]:
    """What was kept under the handle the form brings: of this ``shape``, no less and no more, for
    another release may have made the page. Raises RefusedError.
    """
    kept = dict(request.session.get(name, {}))
    shown = kept.pop(request.POST.get("request_handle", ""), None)
    if shown is None or not request.user.is_authenticated:
        detail = "It was answered already, or you have signed in anew. Go back to the application."
        raise RefusedError(GONE, detail)
    request.session[name] = kept
    # More than is known here may limit the answer, as a newer release understands it.
    is_of_another = shown.keys() != {*shape, "kept_at"}
    if is_of_another or at - datetime.fromisoformat(shown["kept_at"]) > PAGE_LIFE:
        raise RefusedError(GONE, "It is too old. Go back to the application.")
    return dict(shown)


def as_shown(consent: Consent, kept: dict[str, Any]) -> Consent:
    """No more than the page showed of ``scopes`` and ``projects``."""
    projects = frozenset(uuid.UUID(project) for project in kept["projects"])
    return consent.narrowed_to(kept["scopes"], projects)
