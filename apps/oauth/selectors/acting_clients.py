"""Which clients act in a project, and which way."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from apps.oauth.models import Client, ClientStatus
from apps.partners.states import PartnerStatus
from apps.projects.models import Project
from apps.projects.selectors import unclosed_projects, valid_membership


@dataclass(frozen=True)
class ActingClient:
    """One that ``names_it``, or else acts in it because its partner is a member; whether it
    ``keeps_others``, in which it acts as well.
    """

    client: Client
    names_it: bool
    keeps_others: bool


def acting_clients(project: Project, *, at: datetime) -> list[ActingClient]:
    """The active clients whose own reach has the project, as a grant reckons it (`grants`); whether
    the project itself is open is not looked at. Clients of the buyer's that name no project act
    where the people do who use them, and are not among these.
    """
    this = Project.objects.filter(pk=project.pk)
    others = unclosed_projects(at=at).exclude(pk=project.pk)
    rows = (
        _active(at)
        .annotate(names_it=Exists(this.filter(clients=OuterRef("pk"))))
        .alias(names_any=Exists(Project.objects.filter(clients=OuterRef("pk"))))
        .filter(_reaches(this, at))
        .annotate(keeps_others=_reaches(others, at))
    )
    return [
        ActingClient(row, row.names_it, row.keeps_others) for row in rows.order_by("name", "pk")
    ]


def _active(at: datetime) -> QuerySet[Client]:
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    partner = Q(partner__isnull=True) | Q(partner__status=PartnerStatus.ACTIVE)
    active = Client.objects.filter(unexpired, partner, status=ClientStatus.ACTIVE)
    return active.select_related("partner")


def _reaches(projects: QuerySet[Project], at: datetime) -> Case:
    """Whether it acts in one of these: a partner's client where the partner is a member, narrowed
    to the projects it names; an internal one only where it names projects.
    """
    named = projects.filter(clients=OuterRef("pk"))
    is_member = valid_membership(at=at, partner=OuterRef("partner_id"))
    return Case(
        When(partner__isnull=True, then=Exists(named)),
        When(names_any=False, then=Exists(projects.filter(is_member))),
        default=Exists(named.filter(is_member)),
    )
