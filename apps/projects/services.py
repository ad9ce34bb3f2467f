"""Setting up what is bought for: buyer entities, projects and their members."""

from datetime import date, datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import FieldError, InvalidTransitionError
from apps.identity.models import User
from apps.partners.models import Partner
from apps.partners.policy import role_faults
from apps.partners.services import insert
from apps.projects.models import BuyerEntity, Category, Project, ProjectMember
from apps.projects.policy import end_of_day, entity_faults
from apps.projects.states import ProjectStatus


def project_subject(project: Project) -> Subject:
    return Subject("project", project.public_id, project.number)


def create_buyer_entity(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    country: str,
    base_currency: str,
    timezone: str = "UTC",
) -> BuyerEntity:
    """Raises ValidationFailedError."""
    entity = BuyerEntity(
        name=name.strip(),
        country=country.upper(),
        base_currency=base_currency.upper(),
        timezone=timezone,
    )
    with transaction.atomic():
        insert(entity, faults=entity_faults(entity))
        record(
            action=Action.BUYER_ENTITY_CREATED,
            actor=actor,
            at=at,
            subject=Subject("buyer_entity", entity.public_id, entity.name),
            data={"country": entity.country, "base_currency": entity.base_currency},
        )
    return entity


def add_category(
    *, actor: Actor, at: datetime, buyer_entity: BuyerEntity, scheme: str, code: str, name: str
) -> Category:
    """Something the buyer buys. Raises ValidationFailedError."""
    category = Category(
        buyer_entity=buyer_entity,
        scheme=scheme.strip(),
        code=code.strip(),
        name=name.strip(),
        created_at=at,
    )
    with transaction.atomic():
        insert(category)
        _record_category(Action.CATEGORY_ADDED, category, actor=actor, at=at)
    return category


def retire_category(*, actor: Actor, at: datetime, category: Category) -> None:
    """List it no more. Raises InvalidTransitionError when it was retired before."""
    with transaction.atomic():
        live = Category.objects.filter(pk=category.pk, retired_at__isnull=True)
        if not live.update(retired_at=at):
            raise InvalidTransitionError("The category is retired already.")
        _record_category(Action.CATEGORY_RETIRED, category, actor=actor, at=at)


def _record_category(action: Action, category: Category, *, actor: Actor, at: datetime) -> None:
    record(
        action=action,
        actor=actor,
        at=at,
        subject=Subject("category", category.public_id, f"{category.scheme} {category.code}"),
        data={"buyer_entity": category.buyer_entity.public_id, "name": category.name},
    )


def create_project(
    *,
    actor: Actor,
    at: datetime,
    number: str,
    title: str,
    buyer_entity: BuyerEntity,
    starts_on: date,
    ends_on: date,
    access_until: datetime | None = None,
) -> Project:
    """An open project. Access ends with its last day where the buyer is, unless said otherwise.

    Raises ValidationFailedError.
    """
    project = Project(
        number=number.strip(),
        title=title.strip(),
        buyer_entity=buyer_entity,
        starts_on=starts_on,
        ends_on=ends_on,
        access_until=access_until or end_of_day(ends_on, timezone=buyer_entity.timezone),
        created_at=at,
    )
    with transaction.atomic():
        insert(project)
        record(
            action=Action.PROJECT_CREATED,
            actor=actor,
            at=at,
            subject=project_subject(project),
            data={
                "buyer_entity": buyer_entity.public_id,
                "ends_on": project.ends_on.isoformat(),
                "access_until": project.access_until.isoformat(),
            },
        )
    return project


def add_member(
    *,
    actor: Actor,
    at: datetime,
    project: Project,
    partner: Partner | None = None,
    user: User | None = None,
    role: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> ProjectMember:
    """Let a partner, or a person of the buyer's, act in a project; from now on by default.

    Raises ValidationFailedError, and InvalidTransitionError when the project is closed.
    """
    member = ProjectMember(
        project=project,
        partner=partner,
        user=user,
        role=role,
        valid_from=valid_from or at,
        valid_until=valid_until,
    )
    with transaction.atomic():
        _hold_unclosed(project)
        insert(member, faults=_member_faults(member))
        record(
            action=Action.PROJECT_MEMBER_ADDED,
            actor=actor,
            at=at,
            subject=project_subject(project),
            data={
                "partner": partner.public_id if partner else None,
                "user": user.public_id if user else None,
                "role": role,
                "valid_until": valid_until.isoformat() if valid_until else None,
            },
        )
    return member


def _hold_unclosed(project: Project) -> None:
    """Closing locks the same row: nobody joins a project while it ends."""
    held = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if held.status == ProjectStatus.CLOSED:
        raise InvalidTransitionError(f"Project {held.number} is closed; nobody can join it.")


def _member_faults(member: ProjectMember) -> list[FieldError]:
    faults: list[FieldError] = []
    partner = member.partner
    if partner is not None and not partner.is_live:
        detail = f"{partner.name} is {partner.status}; it cannot join a project."
        faults.append(FieldError("/partner", "partner-not-active", detail))
    if member.role:
        faults += role_faults(member.role, kind=partner.kind if partner else "buyer")
    if member.valid_until is not None and member.valid_until <= member.valid_from:
        detail = "A membership cannot end before it begins."
        faults.append(FieldError("/valid_until", "invalid", detail))
    return faults
