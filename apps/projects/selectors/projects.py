"""Finding projects, and those a partner may act in."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import Partner
from apps.projects.models import Project
from apps.projects.states import ProjectStatus


def open_projects(*, at: datetime) -> QuerySet[Project]:
    return Project.objects.filter(status=ProjectStatus.OPEN, access_until__gt=at)


def unclosed_projects(*, at: datetime) -> QuerySet[Project]:
    """Those that are open, and those that wind down, for whoever finishes what is under way."""
    acted_in = (ProjectStatus.OPEN, ProjectStatus.CLOSING)
    return Project.objects.filter(status__in=acted_in, access_until__gt=at)


def valid_membership(*, at: datetime, **who: Any) -> Q:  # noqa: ANN401 -- a partner, a user or an outer reference to one
    """Members of a project at this moment: `partner=…` or `user=…`."""
    named = {f"members__{kind}": value for kind, value in who.items()}
    return Q(
        Q(members__valid_until__isnull=True) | Q(members__valid_until__gt=at),
        members__valid_from__lte=at,
        **named,
    )


def open_projects_for(partner: Partner, at: datetime) -> QuerySet[Project]:
    """The open projects the partner is a member of at this moment."""
    return open_projects(at=at).filter(valid_membership(at=at, partner=partner))


def project_by_reference(reference: str) -> Project:
    """By public id or by number. Raises NotFoundError."""
    key = decode_id(Project.id_prefix, reference)
    matches = Q(pk=key) if key else Q(number=reference)
    found = Project.objects.filter(matches).first()
    if found is None:
        raise NotFoundError(f"There is no project {reference!r}; give its number or prj_ id.")
    return found
