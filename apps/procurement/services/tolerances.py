"""Staff decide what a buyer entity lets pass."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.procurement.models import Tolerance
from apps.procurement.money import plain
from apps.projects.models import BuyerEntity


@transaction.atomic
def set_tolerance(
    *,
    actor: Actor,
    at: datetime,
    buyer_entity: BuyerEntity,
    category: str,
    over_receipt_percent: Decimal,
    price_percent: Decimal,
    two_way: bool,
    reason: str,
) -> Tolerance:
    """What passes on lines whose category begins so, from the next receipt and invoice on. What
    stood for this very category is replaced; the event says what it was.
    """
    wanted = {
        "over_receipt_percent": over_receipt_percent,
        "price_percent": price_percent,
        "two_way": two_way,
    }
    BuyerEntity.objects.select_for_update(no_key=True).get(pk=buyer_entity.pk)
    known = Tolerance.objects.filter(buyer_entity=buyer_entity, category=category).first()
    before = _terms(known) if known else None
    tolerance, _new = Tolerance.objects.update_or_create(
        buyer_entity=buyer_entity,
        category=category,
        defaults={**wanted, "updated_at": at},
        create_defaults={**wanted, "created_at": at, "updated_at": at},
    )
    _record(Action.TOLERANCE_SET, tolerance, actor, at, {"reason": reason, "before": before})
    return tolerance


@transaction.atomic
def remove_tolerance(*, actor: Actor, at: datetime, tolerance: Tolerance, reason: str) -> None:
    """What stands for a shorter beginning of the category counts from now on, or nothing passes.
    Raises NotFoundError when it is gone already.
    """
    known = Tolerance.objects.select_for_update().filter(pk=tolerance.pk).first()
    if known is None:
        raise NotFoundError("The tolerance was removed already.")
    _record(Action.TOLERANCE_REMOVED, known, actor, at, {"reason": reason})
    known.delete()


def _terms(tolerance: Tolerance) -> dict[str, Any]:
    return {
        "over_receipt_percent": plain(tolerance.over_receipt_percent),
        "price_percent": plain(tolerance.price_percent),
        "two_way": tolerance.two_way,
    }


def _record(
    action: Action, tolerance: Tolerance, actor: Actor, at: datetime, told: dict[str, Any]
) -> None:
    record(
        action=action,
        actor=actor,
        at=at,
        subject=Subject("tolerance", tolerance.public_id, str(tolerance)),
        data={},
        private={"category": tolerance.category, **_terms(tolerance), **told},
    )
