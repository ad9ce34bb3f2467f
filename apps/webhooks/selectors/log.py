"""Roots and proofs of the log: by place for everybody, by event for who may know of it."""

from dataclasses import dataclass

from django.db.models import Q

from apps.audit.models import Checkpoint, Event, Leaf
from apps.audit.selectors import Proof, consistency_path, inclusion_proofs, proof_at
from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.procurement.selectors.revisions import revisions_known_to_vendor


@dataclass(frozen=True)
class Consistency:
    """That the log of the first checkpoint is the beginning of that of the second."""

    first: Checkpoint
    second: Checkpoint
    path: list[str]


def latest_checkpoint() -> Checkpoint:
    """Raises NotFoundError."""
    found = Checkpoint.objects.first()
    if found is None:
        raise NotFoundError("No checkpoint is signed yet.")
    return found


def checkpoint_of(tree_size: int | None) -> Checkpoint:
    """Raises NotFoundError; for None, which is no size, too."""
    found = tree_size and Checkpoint.objects.filter(tree_size=tree_size).first()
    if not found:
        raise NotFoundError("No checkpoint of this size was signed.")
    return found


def leaf_at(index: int) -> Leaf:
    """A leaf says nothing of its event: its hash is salted. Raises NotFoundError."""
    found = Leaf.objects.filter(sequence=index).first()
    if found is None:
        raise NotFoundError("The log has no such place.")
    return found


def leaf_of(*, actor: Actor, event_id: str) -> Leaf:
    """The leaf of an event that the caller may know of. Raises NotFoundError."""
    found = decode_id(Event.id_prefix, event_id)
    known = Event.objects.filter(_known_to(actor), pk=found) if found else Event.objects.none()
    leaf = Leaf.objects.filter(event__in=known).first()
    if leaf is None:
        raise NotFoundError("There is no such event, or it is not sealed yet.")
    return leaf


def proof_of(leaf: Leaf, tree_size: int | None) -> Proof:
    """In the checkpoint of this size, or else in the first there is. Raises NotFoundError."""
    if tree_size is None:
        proof = inclusion_proofs([leaf.event_id]).get(leaf.event_id)
    else:
        proof = proof_at(leaf, tree_size)
    if proof is None:
        raise NotFoundError("No such checkpoint covers the event.")
    return proof


def consistency_between(first: int, second: int) -> Consistency:
    """Raises NotFoundError for sizes no checkpoint has; ``first`` must not be the greater."""
    older, newer = checkpoint_of(first), checkpoint_of(second)
    return Consistency(older, newer, consistency_path(first, second))


def _known_to(actor: Actor) -> Q:
    """The trail is the buyer's. A vendor knows what its own company did, and what was done to its
    orders once they were issued.
    """
    if not actor.acts_for_vendor:
        return Q()
    return Q(partner_id=actor.partner_id) | Q(order_revision__in=revisions_known_to_vendor(actor))
