"""Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0): what it is about, and
ending that and nothing else.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from apps.core.actor import Origin
from apps.core.ids import encode_id
from apps.identity.models import User
from apps.identity.policy.actors import person_actor
from apps.oauth.errors import InvalidRequestError
from apps.oauth.models import Client, TokenSession
from apps.oauth.policy.clients import client_may_act
from apps.oauth.policy.logout import LogoutRequest, may_lead_to, way_back
from apps.oauth.services.id_tokens import HintRejectedError, IdTokenHint, read_hint
from apps.oauth.services.minting import client_actor
from apps.oauth.services.sessions import end_session

REASON = "signed out at the application"
NAMELESS = "It names no application, so post_logout_redirect_uri cannot be checked."


@dataclass(frozen=True, kw_only=True)
class Logout:
    """A checked request. ``session_id`` is the one token session it ends, ``person_id`` whose
    that is, and ``leads_to`` where the browser goes afterwards, if anywhere.
    """

    client_name: str = ""
    session_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    leads_to: str = ""

    def must_ask(self, user: User) -> bool:
        """Section 2: who has signed in is asked, unless an ID token of theirs is brought."""
        return user.pk != self.person_id


def prepare_logout(request: LogoutRequest, *, at: datetime) -> Logout:
    """Raises InvalidRequestError, for which nothing is ended and nobody is redirected.

    A hint that is no ID token of ours counts as none: the person is asked.
    """
    hint = _hint(request, at=at)
    if hint and request.client_id not in {"", hint.client_id}:
        raise InvalidRequestError("client_id and id_token_hint belong to different applications.")
    named = hint.client_id if hint else request.client_id
    client = Client.objects.select_related("partner").filter(client_id=named).first()
    _check_way_back(request, client, at=at)
    session = _session_of(hint)
    return Logout(
        client_name=client.name if client else "",
        session_id=session.pk if session else None,
        person_id=session.user_id if session else None,
        leads_to=way_back(request.post_logout_redirect_uri, request.state),
    )


def _hint(request: LogoutRequest, *, at: datetime) -> IdTokenHint | None:
    try:
        return read_hint(request.id_token_hint, at=at) if request.id_token_hint else None
    except HintRejectedError:
        return None


def _check_way_back(request: LogoutRequest, client: Client | None, *, at: datetime) -> None:
    """Section 3: only to what the named client, which must be allowed to act, has registered."""
    if not request.post_logout_redirect_uri:
        return
    if client is None:
        raise InvalidRequestError(NAMELESS)
    known = may_lead_to(client, request.post_logout_redirect_uri)
    if not known or not client_may_act(client, at=at):
        raise InvalidRequestError("post_logout_redirect_uri is not registered.")


def _session_of(hint: IdTokenHint | None) -> TokenSession | None:
    """The hint's session, if it is what the hint says: that client's, and that person's."""
    if hint is None:
        return None
    found = TokenSession.objects.filter(pk=hint.session_id, client__client_id=hint.client_id)
    session = found.first()
    if session is None or session.user_id is None:
        return None
    return session if encode_id(User.id_prefix, session.user_id) == hint.sub else None


def carry_out_logout(
    *, session_id: uuid.UUID, user: User | None, origin: Origin, at: datetime
) -> bool:
    """End this one token session; what the person let other applications do goes on. False when
    it had ended already. Unless it is of the person in the browser it is the client's act.
    """
    session = TokenSession.objects.select_related("client").get(pk=session_id)
    if session.client is None:
        raise TypeError("A session of staff is nobody's to end here.")
    if user is not None and user.pk == session.user_id:
        actor = person_actor(
            user,
            origin,
            client_id=session.client.client_id,
            session_id=session.pk,
            partner_id=session.partner_id,
        )
    else:
        actor = client_actor(session.client, session, origin)
    return end_session(actor=actor, at=at, session=session, reason=REASON)
