"""Tells those concerned that access in a project is about to end (reference 5, project closing)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import system_actor
from apps.partners.models import PartnerContact
from apps.projects.models import Project, ProjectNotice
from apps.projects.policy.ends import WARNING_DAYS, days_before_end
from apps.projects.services.projects import project_subject
from apps.projects.states import ProjectStatus

log = structlog.get_logger("countersign.projects")
RUNNING = (ProjectStatus.OPEN, ProjectStatus.ON_HOLD, ProjectStatus.CLOSING)
TEMPLATE = "projects/email/ending"


def tell_project_ends(*, at: datetime) -> dict[str, int]:
    """14, 7 and 1 days before its end, once each; a moved end is told anew. A mail that could not
    leave goes with a later run. Safe to run twice at once.
    """
    counts = {"project_ends_told": 0, "project_ends_put_off": 0}
    soon = at + timedelta(days=max(WARNING_DAYS))
    ending = Project.objects.filter(
        status__in=RUNNING, access_until__gt=at, access_until__lte=soon
    ).select_related("owner", "buyer_entity")
    for project in ending.order_by("access_until", "pk"):
        try:
            counts["project_ends_told"] += _tell(project, at)
        except OSError as error:  # What a mail server that is away or refuses raises.
            log.warning("project.not_told", project=project.public_id, error=repr(error))
            counts["project_ends_put_off"] += 1
    return counts


def _tell(project: Project, at: datetime) -> int:
    days = days_before_end(project.access_until, at=at)
    if days is None:
        return 0
    with transaction.atomic():
        notice, is_new = ProjectNotice.objects.get_or_create(
            project=project,
            days=days,
            access_until=project.access_until,
            defaults={"told_at": at},
        )
        if not is_new:
            return 0
        record(
            action=Action.PROJECT_ENDING,
            actor=system_actor("projects"),
            at=at,
            subject=project_subject(project),
            data={"days": days, "access_until": notice.access_until.isoformat()},
        )
        _mail(project, days)
    return 1


def _mail(project: Project, days: int) -> None:
    """Each by itself: who else takes part is nobody's to read off a mail."""
    told = {"project": project, "days": days}
    subject = " ".join(render_to_string(f"{TEMPLATE}_subject.txt", told).split())
    for address in dict.fromkeys(_addresses(project)):
        send_mail(subject, render_to_string(f"{TEMPLATE}_message.txt", told), None, [address])


def _addresses(project: Project) -> Iterator[str]:
    """The owner, the buyer's members, and the contacts of the partners."""
    if project.owner is not None and project.owner.is_active:
        yield project.owner.email
    members = project.members.select_related("user", "partner")
    partners = []
    for member in members:
        if member.user is not None and member.user.is_active:
            yield member.user.email
        if member.partner is not None and member.partner.is_live:
            partners.append(member.partner_id)
    contacts = PartnerContact.objects.filter(partner__in=partners).order_by("pk")
    yield from contacts.values_list("email", flat=True)
