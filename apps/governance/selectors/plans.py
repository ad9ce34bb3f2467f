"""What a partner or a person has here now: the dry run of an offboarding, and its evidence."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.governance.models import Offboarding
from apps.identity.models import User
from apps.oauth.models import AccessToken, Client, ClientStatus, Grant, RefreshToken, TokenSession
from apps.oauth.selectors import live_sessions
from apps.partners.models import Partner
from apps.procurement.models import PurchaseOrder
from apps.procurement.states import MOVES
from apps.projects.models import ProjectMember

OPEN_ORDER = tuple(status for status, following in MOVES.items() if following)


@dataclass(frozen=True)
class Plan:
    """What an offboarding would end: how many of each kind, and the names people know."""

    counts: dict[str, int]
    people: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)


def person_by_email(email: str) -> User:
    """Raises NotFoundError."""
    found = User.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise NotFoundError(f"There is no person with the address {email!r}.")
    return found


def clients_of(partner: Partner) -> QuerySet[Client]:
    """The partner's clients that are not disabled for good."""
    return Client.objects.filter(partner=partner).exclude(status=ClientStatus.DISABLED)


def people_of(partner: Partner) -> QuerySet[User]:
    """Those who act for the partner and were not offboarded."""
    return User.objects.filter(partner_user__partner=partner, offboarded_at__isnull=True)


def sessions_of(subject: Partner | User) -> QuerySet[TokenSession]:
    """Every session in the partner's name, of its clients or of its people; or of the person."""
    return TokenSession.objects.filter(_is_of(subject))


def _is_of(subject: Partner | User) -> Q:
    if isinstance(subject, User):
        return Q(user=subject)
    clients = Client.objects.filter(partner=subject).values_list("pk", flat=True)
    people = User.objects.filter(partner_user__partner=subject).values_list("pk", flat=True)
    return Q(partner=subject) | Q(client__in=list(clients)) | Q(user__in=list(people))


def unended_sessions_of(subject: Partner | User, *, at: datetime) -> QuerySet[TokenSession]:
    """Of those, the ones that neither expired before ``at`` nor were ended."""
    return sessions_of(subject).filter(ended_at__isnull=True, expires_at__gt=at)


def plan_offboarding(subject: Partner | User, *, at: datetime) -> Plan:
    """What offboarding the partner or the person would end now; nothing is changed."""
    if isinstance(subject, User):
        return _plan_for_person(subject, at=at)
    people, clients = people_of(subject), clients_of(subject)
    orders = PurchaseOrder.objects.filter(vendor=subject, status__in=OPEN_ORDER)
    emails = list(people.order_by("email").values_list("email", flat=True))
    names = list(clients.order_by("name").values_list("name", flat=True))
    counts = {
        "people": len(emails),
        "clients": len(names),
        **_session_counts(subject, at=at),
        "projects": ProjectMember.objects.filter(partner=subject).count(),
        "open_orders": orders.count(),
    }
    return Plan(counts=counts, people=emails, clients=names)


def _plan_for_person(user: User, *, at: datetime) -> Plan:
    """Clients the person owns go on working and need a new owner, so they are named."""
    owned = Client.objects.filter(user=user).exclude(status=ClientStatus.DISABLED)
    names = list(owned.order_by("name").values_list("name", flat=True))
    counts = {
        "people": int(user.offboarded_at is None),
        **_session_counts(user, at=at),
        "projects": ProjectMember.objects.filter(user=user).count(),
        "owned_clients": len(names),
    }
    return Plan(counts=counts, people=[user.email], clients=names)


def _session_counts(subject: Partner | User, *, at: datetime) -> dict[str, int]:
    """The sessions by which somebody could act now, and what of theirs is still good.

    A suspended partner has none, though rows of theirs may still wait for their end.
    """
    sessions = live_sessions(at=at).filter(_is_of(subject))
    of_theirs = {"session__in": sessions.values("pk"), "expires__gt": at}
    tokens = AccessToken.objects.filter(**of_theirs, revoked_at__isnull=True)
    refresh = RefreshToken.objects.filter(**of_theirs, rotated_at__isnull=True)
    codes = Grant.objects.filter(**of_theirs, used_at__isnull=True)
    return {
        "sessions": sessions.count(),
        "access_tokens": tokens.count(),
        "refresh_tokens": refresh.count(),
        "authorization_codes": codes.count(),
    }


def offboarding_of(subject: Partner | User) -> Offboarding:
    """The evidence; a partner's person who went with the partner has the partner's.

    Raises Offboarding.DoesNotExist.
    """
    if isinstance(subject, Partner):
        return Offboarding.objects.get(partner=subject)
    own = Q(user=subject) | Q(partner__people__user=subject)
    return Offboarding.objects.filter(own).order_by("pk")[:1].get()


def offboarding_by_public_id(public_id: str) -> Offboarding:
    """Raises NotFoundError."""
    key = decode_id(Offboarding.id_prefix, public_id)
    evidence = Offboarding.objects.select_related("partner", "user")
    found = evidence.filter(pk=key).first() if key else None
    if found is None:
        raise NotFoundError(f"There is no evidence {public_id!r}; ids begin with off_.")
    return found
