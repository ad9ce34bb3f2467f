"""Where the cost of a line goes in the buyer's books, and who may know of it (reference 3a)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from apps.core.actor import Actor
from apps.core.errors import FieldError
from apps.procurement.money import plain
from apps.procurement.policy.drafts import CostAllocation

COST_SCOPE = "purchase_orders.cost:read"
COST = "cost"
FIELD = "cost_allocations"
MAX_ALLOCATIONS = 20
WHOLE = Decimal(100)
SHARE_PLACES = 2


def sees_costs(actor: Actor) -> bool:
    """Only the buyer's side, with the scope; a vendor never does, whatever its token says
    (reference 3e).
    """
    return not actor.acts_for_vendor and COST_SCOPE in actor.scopes


def hidden_groups(actor: Actor) -> list[str]:
    """What `_redacted` names, the same whether there is anything to hide or not."""
    return [] if sees_costs(actor) else [COST]


def allocation_faults(allocations: Sequence[CostAllocation], pointer: str) -> Iterator[FieldError]:
    """The whole of a line is allocated or nothing of it, to each place once."""
    if len(allocations) > MAX_ALLOCATIONS:
        yield FieldError(pointer, "max-length", f"At most {MAX_ALLOCATIONS} allocations.")
    seen: Counter[tuple[str, str]] = Counter()
    for place, one in enumerate(allocations):
        seen[one.cost_center, one.account] += 1
        if seen[one.cost_center, one.account] > 1:
            detail = "This cost centre and account are named already."
            yield FieldError(f"{pointer}/{place}", "duplicate", detail)
        if one.share <= 0:
            yield FieldError(f"{pointer}/{place}/share", "not-positive", "A share is above zero.")
    if allocations and sum(one.share for one in allocations) != WHOLE:
        yield FieldError(pointer, "not-whole", "The shares come to exactly 100.")


def cost_documents(allocations: Iterable[CostAllocation]) -> list[dict[str, str]]:
    """As they are kept and shown."""
    return [
        {
            "cost_center": one.cost_center,
            "account": one.account,
            "share": plain(one.share, places=SHARE_PLACES),
        }
        for one in allocations
    ]


def allocations_of(documents: Iterable[Mapping[str, str]]) -> tuple[CostAllocation, ...]:
    """What cost_documents wrote."""
    return tuple(
        CostAllocation(
            cost_center=said["cost_center"],
            account=said["account"],
            share=Decimal(said["share"]),
        )
        for said in documents
    )
