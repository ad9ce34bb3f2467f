"""Finding projects, and those a partner may act in."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import Partner
from apps.projects.models import Project
from apps.projects.states import ProjectStatus


def open_projects(*, at: datetime) -> QuerySet[Project]:
    return Project.objects.filter(status=ProjectStatus.OPEN, access_until__gt=at)


def open_projects_for(partner: Partner, at: datetime) -> QuerySet[Project]:
    """The open projects the partner is a member of at this moment."""
    return open_projects(at=at).filter(
        Q(members__valid_until__isnull=True) | Q(members__valid_until__gt=at),
        members__partner=partner,
        members__valid_from__lte=at,
    )


def project_by_reference(reference: str) -> Project:
    """By public id or by number. Raises NotFoundError."""
    key = decode_id(Project.id_prefix, reference)
    matches = Q(pk=key) if key else Q(number=reference)
    found = Project.objects.filter(matches).first()
    if found is None:
        raise NotFoundError(f"There is no project {reference!r}; give its number or prj_ id.")
    return found
