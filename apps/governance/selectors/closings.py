"""What closing a project would end, and what it has left to end."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from apps.governance.models import ProjectClosing
from apps.governance.selectors.blockers import blockers_of
from apps.oauth.models import ApiKey, Consent, SessionKind, TokenSession
from apps.oauth.selectors import live_sessions, open_projects_of_session
from apps.oauth.selectors.acting_clients import ActingClient, acting_clients
from apps.oauth.selectors.in_projects import live_sessions_in
from apps.projects.models import Project


@dataclass(frozen=True)
class ClosingPlan:
    """What is not settled, and what would end: how many of each kind, and which clients."""

    blockers: dict[str, int]
    counts: dict[str, int]
    clients: list[ActingClient]


def plan_closing(project: Project, *, at: datetime) -> ClosingPlan:
    """What closing the project would end now; nothing is changed."""
    is_only = Q(open_now=[project.pk])
    is_key = Q(kind=SessionKind.API_KEY)
    counts = live_sessions_in(project, at=at).aggregate(
        sessions=Count("pk", filter=is_only & ~is_key),
        api_keys=Count("pk", filter=is_only & is_key),
        sessions_narrowed=Count("pk", filter=~is_only),
    )
    clients = acting_clients(project, at=at)
    naming = sum(one.names_it for one in clients)
    of_clients = {
        "clients": len(clients),
        "clients_naming_it": naming,
        "clients_by_membership": len(clients) - naming,
        "clients_narrowed": sum(one.keeps_others for one in clients),
    }
    standing = Consent.objects.filter(revoked_at__isnull=True, project_ids__contains=[project.pk])
    ended = {**counts, **of_clients, "consents": standing.count()}
    return ClosingPlan(blockers_of(project), ended, clients)


def sessions_left_without(project: Project, *, at: datetime) -> QuerySet[TokenSession]:
    """Rows neither ended nor expired of sessions for this project that have no other left."""
    return (
        TokenSession.objects.filter(
            ended_at__isnull=True,
            expires_at__gt=at,
            project_bound=True,
            project_ids__contains=[project.pk],
        )
        .alias(open_now=open_projects_of_session(at=at))
        .filter(open_now=[])
    )


def keys_left_without(project: Project, *, at: datetime) -> QuerySet[ApiKey]:
    rows = sessions_left_without(project, at=at).filter(kind=SessionKind.API_KEY)
    return ApiKey.objects.filter(session__in=rows.values("pk")).order_by("pk")


def sessions_narrowed_in(project: Project, *, at: datetime) -> QuerySet[TokenSession]:
    """Those that were granted for the project too and live on in others."""
    return (
        live_sessions(at=at)
        .filter(project_bound=True, project_ids__contains=[project.pk])
        .alias(open_to_it=open_projects_of_session(at=at))
        .exclude(open_to_it__contains=[project.pk])  # type: ignore[misc]  # the stubs expect text
    )


def closing_of(project: Project) -> ProjectClosing | None:
    """The evidence of how it came to stand as it does."""
    return ProjectClosing.objects.filter(project=project).first()
