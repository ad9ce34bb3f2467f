"""Proving that an event is in the log, from a logarithm of its rows."""

from dataclasses import dataclass
from typing import Any

from apps.audit.merkle import inclusion_proof as merkle_inclusion_proof
from apps.audit.models import Checkpoint, Event, Leaf
from apps.audit.selectors.log import read_places


@dataclass(frozen=True)
class Proof:
    """Where an event stands and what leads from its leaf to a signed root. Hashes are in
    hexadecimal; ``path`` runs from the leaf's sibling upwards (RFC 6962 section 2.1.1).
    """

    sequence: int
    tree_size: int
    leaf_hash: str
    path: list[str]
    checkpoint: Checkpoint

    def document(self) -> dict[str, Any]:
        """As JSON; the checkpoint as its compact JWS."""
        return {
            "sequence": self.sequence,
            "tree_size": self.tree_size,
            "leaf_hash": self.leaf_hash,
            "path": self.path,
            "checkpoint": self.checkpoint.signature,
        }


def inclusion_proof(event: Event) -> Proof | None:
    """The proof in the first checkpoint after the event was sealed, so it is the same whenever
    it is asked for. None until there is one. Raises LookupError when the log is damaged.
    """
    leaf = Leaf.objects.filter(event_id=event.pk).first()
    if leaf is None:
        return None
    later = Checkpoint.objects.filter(tree_size__gt=leaf.sequence)
    checkpoint = later.order_by("tree_size").first()
    if checkpoint is None:
        return None
    path = merkle_inclusion_proof(leaf.sequence, checkpoint.tree_size, read_places)
    return Proof(
        sequence=leaf.sequence,
        tree_size=checkpoint.tree_size,
        leaf_hash=bytes(leaf.leaf_hash).hex(),
        path=[part.hex() for part in path],
        checkpoint=checkpoint,
    )
