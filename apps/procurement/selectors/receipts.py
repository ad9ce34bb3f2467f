"""Receipts that a caller may see."""

from django.db.models import Case, F, Prefetch, QuerySet, Value, When

from apps.core.actor import Actor
from apps.procurement.models import Receipt, ReceiptLine
from apps.procurement.selectors.gates import of_projects, seen_document
from apps.procurement.states import ReceiptStatus

# A receipt is written once, so what became of it is told from the row that reverses it.
STATUS = Case(
    When(reversal_of__isnull=False, then=Value(ReceiptStatus.REVERSAL.value)),
    When(reversal__isnull=False, then=Value(ReceiptStatus.REVERSED.value)),
    default=Value(ReceiptStatus.POSTED.value),
)
# Being reversed is all that happens to a receipt, so its ETag counts to two.
REVISION = Case(When(reversal__isnull=False, then=Value(2)), default=Value(1))


def told_receipts() -> QuerySet[Receipt]:
    """With ``status``, ``revision`` and ``reversed_by_id``, and their lines in one query more."""
    lines = ReceiptLine.objects.select_related("line")
    receipts = Receipt.objects.annotate(  # type: ignore[no-redef]  # the class declares them
        status=STATUS, revision=REVISION, reversed_by_id=F("reversal__id")
    )
    return receipts.prefetch_related(Prefetch("lines", queryset=lines))


def receipts_visible_to(actor: Actor) -> QuerySet[Receipt]:
    """Of the projects that are open to the caller now, newest first."""
    return of_projects(told_receipts(), actor, actor.open_projects).order_by("-id")


def visible_receipt(*, actor: Actor, receipt_id: str) -> Receipt:
    """Raises NotFoundError and ProjectClosedError."""
    return seen_document(told_receipts(), actor=actor, public_id=receipt_id, called="receipt")
