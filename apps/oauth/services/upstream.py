"""Honours what a provider upstream says of somebody after they signed in by it (ADR 0010).

Its word is asked for when one of our sessions that rests on it is refreshed or used in the admin,
at most every five minutes and by one request at a time.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from apps.core.actor import Actor, system_actor
from apps.gateway.client import Answer, FetchRefusedError, send
from apps.identity.models import FederatedIdentity
from apps.oauth.models import TokenSession
from apps.oauth.policy.upstream import (
    Verdict,
    in_grace,
    is_due,
    verdict_of_refresh,
    verdict_of_userinfo,
)
from apps.oauth.services.discovery import SECONDS, discovery_of
from apps.oauth.services.logout_notices import queue_notices
from apps.oauth.services.sessions import end_sessions

MOST_TOKEN_CHARACTERS = 8192
MOST_SECONDS = 24 * 60 * 60
BATCH = 500
UNLINKED = "the account upstream is no longer linked"
REFUSED = "the provider upstream no longer vouches for the person"
SILENT = "the provider upstream could not be asked for too long"


def upstream_allows(*, session: TokenSession, at: datetime) -> bool:
    """Whether the session may go on. If not, every session of that sign-in has ended, and so has
    the sign-in. One that rests on nobody else's word costs no statement.
    """
    if session.federation_id is None:
        return True
    return word_stands(federation=session.federation_id, user=session.user_id, at=at)


def word_stands(*, federation: UUID, user: UUID | None, at: datetime) -> bool:
    """Whether the provider's word about the person counts; if not, everything that rested on it
    has ended. Asks the provider when that is due.
    """
    of_whom = {"federation_id": federation, "user_id": user}
    identity = FederatedIdentity.objects.select_related("federation").filter(**of_whom).first()
    reason = _why_not(identity, at=at) if identity else UNLINKED
    if not reason or (identity and not _refuse(identity, at=at)):
        return True
    end_what_rests(
        sessions=TokenSession.objects.filter(**of_whom),
        by=system_actor("upstream"),
        reason=reason,
        at=at,
    )
    return False


def end_what_rests(
    *, sessions: QuerySet[TokenSession], by: Actor, reason: str, at: datetime
) -> None:
    """End the sessions of a word that counts no more, and tell the applications."""
    while queue_notices(sessions=sessions, at=at):
        continue
    while end_sessions(at=at, sessions=sessions, by=by, reason=reason, limit=BATCH) == BATCH:
        continue


def _refuse(identity: FederatedIdentity, *, at: datetime) -> bool:
    """Not if the person signed in anew meanwhile: what that told us is newer than this no."""
    as_it_was = FederatedIdentity.objects.filter(pk=identity.pk, confirmed_at=identity.confirmed_at)
    return bool(as_it_was.update(refused_at=Coalesce("refused_at", at)))


def _why_not(identity: FederatedIdentity, *, at: datetime) -> str:
    if identity.refused_at is not None:
        return REFUSED
    asked, confirmed = identity.asked_at, identity.confirmed_at
    if is_due(confirmed_at=confirmed, asked_at=asked, at=at) and takes_turn(identity, at=at):
        verdict = _ask(identity, at=at)
        if verdict is Verdict.REFUSED:
            return REFUSED
        confirmed = at if verdict is Verdict.STANDS else confirmed
    return "" if in_grace(confirmed_at=confirmed, at=at) else SILENT


def takes_turn(identity: FederatedIdentity, *, at: datetime) -> bool:
    """One of several requests asks: two uses of one refresh token upstream would look like theft
    there. The others go on by what was said last.
    """
    own_turn = FederatedIdentity.objects.filter(pk=identity.pk, asked_at=identity.asked_at)
    return bool(own_turn.update(asked_at=at))


def _ask(identity: FederatedIdentity, *, at: datetime) -> Verdict:
    try:
        document = discovery_of(identity.federation.issuer)
        if identity.refresh_token:
            return _ask_by_refresh(identity, document, at=at)
        if identity.access_token and identity.access_until and at < identity.access_until:
            return _ask_by_userinfo(identity, document, at=at)
    except FetchRefusedError:
        return Verdict.UNKNOWN
    return Verdict.UNKNOWN


def _ask_by_refresh(
    identity: FederatedIdentity, document: dict[str, Any], *, at: datetime
) -> Verdict:
    """RFC 6749 section 6; the provider may give another refresh token, which replaces ours."""
    federation = identity.federation
    form = {"grant_type": "refresh_token", "refresh_token": identity.refresh_token}
    answer = post_with_secret(
        document["token_endpoint"],
        form,
        methods=document.get("token_endpoint_auth_methods_supported"),
        client_id=federation.client_id,
        client_secret=federation.client_secret,
    )
    said = _json(answer)
    verdict = verdict_of_refresh(answer.status, said)
    if verdict is Verdict.STANDS:
        _confirm(identity, at=at, **columns_of(said, at=at))
    return verdict


def _ask_by_userinfo(
    identity: FederatedIdentity, document: dict[str, Any], *, at: datetime
) -> Verdict:
    bearer = {"Authorization": f"Bearer {identity.access_token}"}
    answer = send(document["userinfo_endpoint"], headers=bearer, seconds=SECONDS)
    verdict = verdict_of_userinfo(answer.status, _json(answer), subject=identity.subject)
    if verdict is Verdict.STANDS:
        _confirm(identity, at=at)
    return verdict


def _json(answer: Answer) -> Any:  # noqa: ANN401 -- whatever JSON stands there
    try:
        return answer.json()
    except FetchRefusedError:
        return None


def _confirm(identity: FederatedIdentity, *, at: datetime, **columns: Any) -> None:  # noqa: ANN401 -- the model's columns
    """Unless the person signed in anew meanwhile: what that stored is newer."""
    own_turn = FederatedIdentity.objects.filter(pk=identity.pk, asked_at=at)
    own_turn.update(confirmed_at=at, **columns)


def columns_of(said: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """What to keep of a token answer. Whoever gives no new refresh token means the old one."""
    seconds = said.get("expires_in")
    lasts = seconds if type(seconds) is int and 0 < seconds <= MOST_SECONDS else 0
    kept: dict[str, Any] = {
        "access_token": _token(said.get("access_token")),
        "access_until": at + timedelta(seconds=lasts) if lasts else None,
    }
    refresh = _token(said.get("refresh_token"))
    return {**kept, "refresh_token": refresh} if refresh else kept


def _token(text: object) -> str:
    fits = isinstance(text, str) and len(text) <= MOST_TOKEN_CHARACTERS and text.isascii()
    return str(text) if fits and str(text).isprintable() else ""


def post_with_secret(
    address: str,
    form: Mapping[str, str],
    *,
    methods: object,
    client_id: str,
    client_secret: str,
) -> Answer:
    """A form to a token endpoint, as the client that the provider knows us as. Raises
    FetchRefusedError.
    """
    if takes_header(methods):
        return send(address, form=form, headers=basic(client_id, client_secret), seconds=SECONDS)
    named = {**form, "client_id": client_id, "client_secret": client_secret}
    return send(address, form=named, seconds=SECONDS)


def takes_header(methods: object) -> bool:
    """Whether the secret goes in the header, as everywhere where nothing else is said (OpenID
    Connect Discovery 1.0 section 3, `token_endpoint_auth_methods_supported`).
    """
    return not isinstance(methods, list) or "client_secret_basic" in methods


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """RFC 6749 section 2.3.1: both are form-encoded first."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
