"""Of what may be done next, what this caller's token lets them do: told by the token alone, at no
query. Whose turn it is, and who asked for what, the act itself tells.
"""

from collections.abc import Iterable

from apps.core.actor import Actor
from apps.oauth.scopes import CATALOGUE

READ, CHANGE = "purchase_orders:read", "purchase_orders:change"
APPROVE, CANCEL = "purchase_orders:approve", "purchase_orders:cancel"
# What is not named is a list that is read, though something may be posted to it as well.
NEEDED = {
    "submit": "purchase_orders:create",
    "approve": APPROVE,
    "reject": APPROVE,
    "issue": "purchase_orders:issue",
    "cancel": CANCEL,
    "close": CANCEL,
    "accept": CHANGE,
    "refuse": CHANGE,
    "withdraw": CHANGE,
}


def doable(acts: Iterable[str], actor: Actor) -> tuple[str, ...]:
    """Those for which the token has the scope, and, where only people have it, stands for one."""
    return tuple(act for act in acts if _may(actor, NEEDED.get(act, READ)))


def _may(actor: Actor, scope: str) -> bool:
    is_a_person = actor.user_id is not None
    return scope in actor.scopes and (is_a_person or not CATALOGUE[scope].people_only)
