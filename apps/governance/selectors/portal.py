"""What a partner's people may see of their own company. Each read starts from the partner, or
from the person: what is another's is not found.
"""

from datetime import datetime
from typing import TypeVar

from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.core.models import Identified
from apps.governance.models import Invitation
from apps.governance.selectors.plans import clients_of
from apps.identity.models import FederatedIdentity, User
from apps.oauth.crypto import sha256_hex
from apps.oauth.models import Client, TokenSession
from apps.oauth.selectors import live_sessions
from apps.partners.models import Partner, PartnerUser, Role
from apps.partners.states import PartnerStatus

M = TypeVar("M", bound=Identified)


def _by_public_id(rows: QuerySet[M], public_id: str) -> M:
    """Raises NotFoundError, which says the same of what is another's and of what is nothing."""
    key = decode_id(rows.model.id_prefix, public_id)
    found = rows.filter(pk=key).first() if key else None
    if found is None:
        raise NotFoundError("There is nothing of yours with this id.")
    return found


def people_shown(partner: Partner) -> QuerySet[PartnerUser]:
    """Everybody who acts for the partner or did, by address. ``is_made`` says that a provider
    upstream decides what they are.
    """
    made = FederatedIdentity.objects.filter(user=OuterRef("user_id"), made_person=True)
    shown = partner.people.select_related("user", "partner").order_by("user__email")
    return shown.annotate(is_made=Exists(made))


def person_of_partner(partner: Partner, public_id: str) -> PartnerUser:
    """Raises NotFoundError."""
    return _by_public_id(people_shown(partner), public_id)


def active_admins() -> QuerySet[PartnerUser]:
    """Those who may say who acts for their partner."""
    return PartnerUser.objects.filter(role=Role.ADMIN, user__is_active=True)


def open_invitations(partner: Partner) -> QuerySet[Invitation]:
    """Neither accepted nor cancelled; some may be too old to follow."""
    return partner.invitations.filter(
        accepted_at__isnull=True, cancelled_at__isnull=True
    ).select_related("partner", "invited_by")


def invitation_of_partner(partner: Partner, public_id: str) -> Invitation:
    """An open one. Raises NotFoundError."""
    return _by_public_id(open_invitations(partner), public_id)


def acceptable_invitations(*, at: datetime) -> QuerySet[Invitation]:
    """Those whose link works at this moment. It ends with the access of whoever sent it: an
    invitation is worth what the word of its sender is worth now.
    """
    word = active_admins().filter(partner=OuterRef("partner_id"), user=OuterRef("invited_by_id"))
    return Invitation.objects.filter(
        Exists(word),
        accepted_at__isnull=True,
        cancelled_at__isnull=True,
        expires_at__gt=at,
        partner__status=PartnerStatus.ACTIVE,
    ).select_related("partner", "invited_by")


def invited_by_token(token: str, *, at: datetime) -> Invitation:
    """The invitation whose link this is. Raises NotFoundError, whatever is wrong with it."""
    found = acceptable_invitations(at=at).filter(token_sha256=sha256_hex(token)).first()
    if found is None:
        raise NotFoundError("This link has been used, was taken back or is too old.")
    return found


def portal_clients(partner: Partner, *, at: datetime) -> QuerySet[Client]:
    """The partner's clients with what lives: ``live`` sessions, and when the ``last_token`` of
    any of them was issued.
    """
    of_it = TokenSession.objects.filter(client=OuterRef("pk")).order_by().values("client")
    alive = live_sessions(at=at).filter(client=OuterRef("pk")).order_by().values("client")
    return clients_of(partner).annotate(
        live=Coalesce(Subquery(alive.annotate(n=Count("pk")).values("n")), 0),
        last_token=Subquery(of_it.annotate(last=Max("last_used_at")).values("last")),
    )


def client_of_partner(partner: Partner, client_id: str, *, at: datetime) -> Client:
    """Raises NotFoundError."""
    known = {client.client_id: client for client in portal_clients(partner, at=at)}
    found = known.get(client_id)  # The database takes no NUL to compare with.
    if found is None:
        raise NotFoundError("Your company has no such application.")
    return found


def sessions_shown(user: User, *, at: datetime) -> QuerySet[TokenSession]:
    """What acts for the person now."""
    return live_sessions(at=at).filter(user=user).select_related("client", "partner")


def live_session_of(user: User, public_id: str, *, at: datetime) -> TokenSession:
    """Raises NotFoundError, also for one that is over."""
    return _by_public_id(sessions_shown(user, at=at), public_id)
