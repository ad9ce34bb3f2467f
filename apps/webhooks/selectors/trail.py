"""The trail, as far as the caller may see it."""

from django.db.models import Q, QuerySet

from apps.audit.events import Action
from apps.audit.models import Event, Leaf
from apps.core.actor import Actor
from apps.core.errors import ForbiddenError
from apps.core.ids import encode_id
from apps.gateway.services import DENIED, SIGNALS
from apps.identity.models import User
from apps.oauth.models import Client
from apps.partners.models import Partner

OWN_TRAIL = "audit.own:read"


def sealed_trail(*, actor: Actor) -> QuerySet[Leaf]:
    """Sealed events, newest first. The whole trail is the buyer's. Raises ForbiddenError."""
    if actor.acts_for_vendor:
        raise ForbiddenError("Only the buyer's side may read the whole trail.")
    return sealed_leaves()


def sealed_leaves() -> QuerySet[Leaf]:
    """Whoever's they are: every view of the trail narrows these. Newest first."""
    return Leaf.objects.select_related("event").order_by("-sequence")


def told_to_its_own(event: str = "") -> Q:
    """What somebody may read of its own: not what the buyer noticed of it. A refusal is told where
    the trail hears of every one like it, so that naming what is another's and what is nobody's look
    the same; one by a page has no status. ``event`` is the path that leads to the event.
    """
    status, code = f"{event}data__status", f"{event}data__code"
    denied = Q(**{f"{event}action": Action.REQUEST_DENIED})
    suspected = Q(**{f"{event}action": Action.ORDER_SPLITTING_SUSPECTED})
    by_rule = Q(**{f"{status}__in": sorted(DENIED)}) | Q(**{f"{code}__in": sorted(SIGNALS)})
    return ~suspected & (~denied | by_rule | Q(**{f"{status}__isnull": True}))


def own_trail(
    *,
    actor: Actor,
    action: str | None = None,
    person: str | None = None,
    client_id: str | None = None,
) -> QuerySet[Event]:
    """What the actor may see, newest first, of what happened: in the company they act for with
    `audit.own:read`, and by themselves without. ``person`` is the public id of who did it.
    """
    events = Event.objects.filter(_concerns(actor), told_to_its_own())
    if action is not None:
        events = events.filter(action=action)
    if person is not None:
        events = events.filter(actor_id=person)
    if client_id is not None:
        events = events.filter(Q(client_id=client_id) | Q(subject_id=client_id))
    return events.order_by("-id")


def _concerns(actor: Actor) -> Q:
    """By the company's people and clients, or about the company, one of them or one of those."""
    if actor.partner_id is None or OWN_TRAIL not in actor.scopes:
        return Q(actor_id=actor.id)
    people = User.objects.filter(partner_user__partner=actor.partner_id)
    clients = Client.objects.filter(partner=actor.partner_id)
    named = [
        encode_id(Partner.id_prefix, actor.partner_id),
        *(encode_id(User.id_prefix, key) for key in people.values_list("pk", flat=True)),
        *clients.values_list("client_id", flat=True),
    ]
    return Q(partner_id=actor.partner_id) | Q(subject_id__in=named)
