"""The buyer's legal entities and what they buy."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.partners.services import insert, update
from apps.partners.services.rows import require_reason
from apps.projects.models import BuyerEntity, Category, Project
from apps.projects.policy import entity_faults


def create_buyer_entity(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    country: str,
    base_currency: str,
    timezone: str = "UTC",
    tax_id: str = "",
) -> BuyerEntity:
    """Raises ValidationFailedError."""
    entity = BuyerEntity(
        name=name.strip(),
        country=country.upper(),
        tax_id=tax_id.strip(),
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
            data={
                "country": entity.country,
                "base_currency": entity.base_currency,
                "tax_id": entity.tax_id,
            },
        )
    return entity


@transaction.atomic
def set_tax_id(
    *, actor: Actor, at: datetime, buyer_entity: BuyerEntity, tax_id: str, reason: str
) -> None:
    """Who sees a project of the entity is shown it, so each of them has a new revision. Raises
    ValidationFailedError, and InvalidTransitionError when it is so already.
    """
    reason = require_reason(reason)
    held = BuyerEntity.objects.select_for_update(no_key=True).get(pk=buyer_entity.pk)
    before, held.tax_id = held.tax_id, tax_id.strip()
    if held.tax_id == before:
        raise InvalidTransitionError("It is so already.")
    update(held, changed={"tax_id": held.tax_id})
    projects = Project.objects.filter(buyer_entity=held)
    projects.update(revision=F("revision") + 1, updated_at=at)
    record(
        action=Action.BUYER_ENTITY_CHANGED,
        actor=actor,
        at=at,
        subject=Subject("buyer_entity", held.public_id, held.name),
        data={"before": {"tax_id": before}, "after": {"tax_id": held.tax_id}},
        private={"reason": reason},
    )


@transaction.atomic
def set_policy_required(
    *, actor: Actor, at: datetime, buyer_entity: BuyerEntity, required: bool, reason: str
) -> None:
    """Whether orders that no purchasing policy speaks of are refused, from the next request on.
    Raises InvalidTransitionError when it is so already.
    """
    reason = require_reason(reason)
    otherwise = BuyerEntity.objects.filter(pk=buyer_entity.pk, requires_policy=not required)
    if not otherwise.update(requires_policy=required):
        raise InvalidTransitionError("It is so already.")
    record(
        action=Action.BUYER_ENTITY_CHANGED,
        actor=actor,
        at=at,
        subject=Subject("buyer_entity", buyer_entity.public_id, buyer_entity.name),
        data={},
        private={"requires_policy": required, "reason": reason},
    )


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
