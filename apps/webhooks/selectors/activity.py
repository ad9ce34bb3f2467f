"""What a token session did, for who it was and for the buyer's auditors (reference 3f)."""

from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from apps.audit.models import Leaf
from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.oauth.models import TokenSession
from apps.webhooks.selectors.trail import sealed_leaves, sealed_trail, told_to_its_own


class KnownSession(NamedTuple):
    """A session that there is or was, and whether it is the caller's own."""

    session: TokenSession
    is_own: bool


def known_session(*, actor: Actor, session_id: str) -> KnownSession | None:
    """Ended ones too: they stay as evidence. One statement."""
    key = decode_id(TokenSession.id_prefix, session_id)
    if key is None:
        return None
    own = ExpressionWrapper(_is_own(actor), output_field=BooleanField())
    found = TokenSession.objects.filter(pk=key).annotate(is_own=own).only("id", "kind").first()
    return KnownSession(found, bool(found.is_own)) if found else None


def _is_own(actor: Actor) -> Q:
    """The session that is used, and those of the same client and the same person and company: a
    client that several people use tells none of them what another did. No client stands behind an
    API key, so it has its one session.
    """
    used = Q(pk=actor.session_id)
    if not actor.client_id:
        return used
    return used | Q(
        client__client_id=actor.client_id, user_id=actor.user_id, partner_id=actor.partner_id
    )


def session_activity(*, actor: Actor, known: KnownSession | None, by_audit: bool) -> QuerySet[Leaf]:
    """Sealed events of the session, newest first: of one's own without what the buyer noticed, or
    ``by_audit`` all of any.

    Raises NotFoundError for what is not the caller's to see, and ForbiddenError for a vendor that
    comes as an auditor.
    """
    if known is None or not (known.is_own or by_audit):
        raise NotFoundError("There is no such session.")
    if by_audit:
        leaves = sealed_trail(actor=actor)
    else:
        leaves = sealed_leaves().filter(told_to_its_own("event__"))
    return leaves.filter(event__session_id=known.session.pk)
