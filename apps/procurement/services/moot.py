"""What an invoice leaves behind that nobody need decide on any more."""

import uuid
from datetime import datetime

from django.db.models import F

from apps.procurement.models import Invoice, MatchException
from apps.procurement.states import Resolution


def end_exceptions(invoice: Invoice, *, at: datetime, session_id: uuid.UUID) -> None:
    """What is still open ends with its invoice, which the caller holds and has turned down or
    credited in full. What somebody decided on stays as they decided.
    """
    MatchException.objects.filter(invoice=invoice, resolution="").update(
        resolution=Resolution.MOOT,
        resolved_at=at,
        resolved_by_session=session_id,
        updated_at=at,
        revision=F("revision") + 1,
    )
