"""The one gate to projects and their members (reference 3e)."""

from django.db.models import Q, QuerySet

from apps.core.actor import Actor, ActorKind
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.projects.errors import ProjectClosedError
from apps.projects.models import Project, ProjectMember


def projects_visible_to(actor: Actor) -> QuerySet[Project]:
    """Those of the session that are open to it now, newest first; to staff in the admin, all."""
    rows = Project.objects.select_related("buyer_entity", "owner").order_by("-id")
    if actor.kind == ActorKind.STAFF:
        return rows
    return rows.filter(pk__in=actor.open_projects)


def projects_known_to(actor: Actor) -> QuerySet[Project]:
    """Those that the vendor is or was a member of, also without this session."""
    return Project.objects.filter(members__partner__in=[actor.partner_id])


def visible_project(*, actor: Actor, project_id: str, lock: bool = False) -> Project:
    """With ``lock`` its row is held until the transaction ends. Raises NotFoundError for what is
    none of the session's projects, and ProjectClosedError for one that is not open any more.
    """
    found = decode_id(Project.id_prefix, project_id)
    rows = Project.objects.select_related("buyer_entity", "owner")
    if actor.kind != ActorKind.STAFF:
        rows = rows.filter(pk__in=actor.project_ids)
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    project = rows.filter(pk=found).first() if found else None
    if project is None:
        raise NotFoundError("There is no such project.")
    if actor.kind != ActorKind.STAFF and project.pk not in actor.open_projects:
        raise ProjectClosedError("The project is not open to this session any more.")
    return project


def members_visible_to(actor: Actor, project: Project) -> QuerySet[ProjectMember]:
    """Of a project the caller sees: everybody to the buyer's side, to a vendor itself alone, for
    who else is asked to deliver is not its to know.
    """
    rows = ProjectMember.objects.filter(project=project).select_related("partner", "user")
    return rows.filter(Q(partner_id=actor.partner_id)) if actor.acts_for_vendor else rows
