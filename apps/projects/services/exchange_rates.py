"""Adding exchange rates, loaded or typed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import ValidationFailedError
from apps.projects.models import ExchangeRate
from apps.projects.policy.rate_faults import rate_conflicts, rate_faults
from apps.projects.policy.rate_lines import NewRate

SHOWN = 40


@dataclass(frozen=True)
class RatesAdded:
    """``known`` were there already, with the same rate."""

    added: list[ExchangeRate]
    known: int


@transaction.atomic
def add_exchange_rates(
    *, actor: Actor, at: datetime, base: str, source: str, rates: Sequence[NewRate]
) -> RatesAdded:
    """What one unit of ``base`` is worth in each currency, by its day. All of them or none; the
    same again changes nothing.

    Raises ValidationFailedError, also where a day's rate is known and is another: withdraw that
    one first, so that both stay to be seen.
    """
    base, source = base.strip().upper(), source.strip()
    if faults := rate_faults(base, source, rates, at):
        raise ValidationFailedError("These rates cannot be added.", errors=faults)
    _hold_rates()
    wanted = {(rate.on, rate.currency): rate for rate in rates}
    known = _known(base, rates)
    if faults := rate_conflicts(base, wanted, known):
        raise ValidationFailedError("Other rates are known.", errors=faults)
    added = ExchangeRate.objects.bulk_create(
        ExchangeRate(
            currency=base,
            base_currency=rate.currency,
            on=rate.on,
            rate=rate.rate,
            source=source,
            created_at=at,
        )
        for key, rate in sorted(wanted.items())
        if key not in known
    )
    if added:
        _record_added(added, actor=actor, at=at, source=source)
    return RatesAdded(added, len(wanted) - len(added))


def _hold_rates() -> None:
    """Whoever else adds rates waits, and finds these known; who reads does not wait."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE projects_exchangerate IN SHARE ROW EXCLUSIVE MODE")


def _known(base: str, rates: Sequence[NewRate]) -> dict[tuple[date, str], ExchangeRate]:
    """What stands for these days between the base and any of these currencies, in either
    direction.
    """
    others = {rate.currency for rate in rates}
    either = Q(currency=base, base_currency__in=others) | Q(base_currency=base, currency__in=others)
    standing = ExchangeRate.objects.filter(
        either, on__in={rate.on for rate in rates}, withdrawn_at__isnull=True
    )
    return {
        (one.on, one.base_currency if one.currency == base else one.currency): one
        for one in standing
    }


def _record_added(
    added: Sequence[ExchangeRate], *, actor: Actor, at: datetime, source: str
) -> None:
    first = added[0]
    days = sorted({rate.on for rate in added})
    record(
        action=Action.EXCHANGE_RATES_ADDED,
        actor=actor,
        at=at,
        subject=Subject("exchange_rate", first.public_id, str(first)),
        data={"count": len(added), "from": days[0].isoformat(), "to": days[-1].isoformat()},
        private={
            "source": source,
            "rates": {str(rate): f"{rate.rate:f}" for rate in added[:SHOWN]},
        },
    )
