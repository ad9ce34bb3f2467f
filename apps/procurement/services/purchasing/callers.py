"""By whose right an absent caller's session buys."""

from apps.core.actor import Actor, ActorKind, Granted
from apps.core.ids import encode_id
from apps.identity.models import User
from apps.oauth.models import TokenSession


def actor_of_session(session: TokenSession) -> Actor:
    """Whoever the session is of, with its limits and with what it was exchanged from, for asking
    what they may buy. It exercises no scope, and nothing is open to it.
    """
    client_id = session.client.client_id if session.client else ""
    person = session.user_id is not None
    subject = encode_id(User.id_prefix, session.user_id) if session.user_id else client_id
    return Actor(
        kind=ActorKind.USER if person else ActorKind.CLIENT,
        id=subject,
        label=subject,
        session_id=session.pk,
        client_id=client_id,
        user_id=session.user_id,
        partner_id=session.partner_id,
        partner_kind=session.partner.kind if session.partner else "",
        role=session.role,
        project_ids=frozenset(session.project_ids),
        authorization_details=tuple(session.authorization_details),
        authorization_details_sha256=session.authorization_details_sha256,
        granted_at=session.granted_at,
        exchanged_from=_exchanged_from(session),
    )


def _exchanged_from(session: TokenSession) -> tuple[Granted, ...]:
    if not session.exchanged_from:
        return ()
    found = TokenSession.objects.select_related("client").in_bulk(session.exchanged_from)
    chain = [found[one] for one in session.exchanged_from if one in found]
    return tuple(
        Granted(one.pk, one.client.client_id if one.client else "", one.granted_at) for one in chain
    )
