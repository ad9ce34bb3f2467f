"""Tells a vendor's admins by mail of every change of bank account, at the addresses that they had
when it was proposed, or until shortly before. The rows are the queue: a mail that could not leave
goes later.
"""

import uuid

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string

from apps.partners.models import BankAccountChange

log = structlog.get_logger("countersign.partners")
MOST = 200
TEMPLATE = "partners/email/bank_change"


def tell_bank_changes() -> dict[str, int]:
    """Of what the admins were not told yet, the state it is in now. Safe to run twice at once."""
    counts = {"bank_changes_told": 0, "bank_changes_put_off": 0}
    put_off: set[uuid.UUID] = set()
    for _ in range(MOST):
        with transaction.atomic():
            change = _claim(put_off)
            if change is None:
                break
            try:
                _send(change)
            except OSError as error:  # What a mail server that is away or refuses raises.
                log.warning("bank_change.not_told", change=change.public_id, error=repr(error))
                put_off.add(change.pk)
                counts["bank_changes_put_off"] += 1
                continue
            BankAccountChange.objects.filter(pk=change.pk).update(told=change.state)
            counts["bank_changes_told"] += 1
    return counts


def _claim(put_off: set[uuid.UUID]) -> BankAccountChange | None:
    untold = BankAccountChange.objects.exclude(told=F("state")).exclude(pk__in=put_off)
    held = untold.select_related("partner", "account").select_for_update(
        of=("self",), skip_locked=True, no_key=True
    )
    return held.order_by("pk").first()


def _send(change: BankAccountChange) -> None:
    if not (change.notify or change.notify_former):
        return
    told = {
        "change": change,
        "partner": change.partner,
        "state": change.get_state_display().lower(),
        "what": change.get_kind_display().lower(),
    }
    subject = render_to_string(f"{TEMPLATE}_subject.txt", told)
    # Who is told as a former address is not for the others to see.
    EmailMessage(
        " ".join(subject.split()),
        render_to_string(f"{TEMPLATE}_message.txt", told),
        to=change.notify,
        bcc=change.notify_former,
    ).send()
