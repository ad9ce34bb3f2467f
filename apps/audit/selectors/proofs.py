"""Proving that events are in the log and that the log only grew, from a logarithm of its rows."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery

from apps.audit.merkle import consistency_proof as merkle_consistency_proof
from apps.audit.merkle import inclusion_places
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
            "leaf_index": self.sequence,
            "tree_size": self.tree_size,
            "leaf_hash": self.leaf_hash,
            "path": self.path,
            "checkpoint": self.checkpoint.signature,
        }


def inclusion_proof(event: Event) -> Proof | None:
    """The proof in the first checkpoint after the event was sealed, so it is the same whenever
    it is asked for. None until there is one. Raises LookupError when the log is damaged.
    """
    return inclusion_proofs([event.pk]).get(event.pk)


def inclusion_proofs(events: Collection[uuid.UUID]) -> dict[uuid.UUID, Proof]:
    """The proofs of many events by their ids, in as many queries as one takes; those that are not
    sealed and signed yet are left out. Raises LookupError when the log is damaged.
    """
    later = Checkpoint.objects.filter(tree_size__gt=OuterRef("sequence")).order_by("tree_size")
    signed = Leaf.objects.annotate(signed=Subquery(later.values("tree_size")[:1])).filter(
        event_id__in=events, signed__isnull=False
    )
    rows = signed.values_list("event_id", "sequence", "leaf_hash", "signed")
    return _prove(
        [_Signed(event, sequence, bytes(stored), size) for event, sequence, stored, size in rows]
    )


def proof_at(leaf: Leaf, tree_size: int) -> Proof | None:
    """The proof of one leaf in the checkpoint of this size; None when there is no such checkpoint,
    or it does not cover the leaf. Raises LookupError when the log is damaged.
    """
    if tree_size <= leaf.sequence or not Checkpoint.objects.filter(pk=tree_size).exists():
        return None
    row = _Signed(leaf.event_id, leaf.sequence, bytes(leaf.leaf_hash), tree_size)
    return _prove([row])[leaf.event_id]


def consistency_path(first: int, second: int) -> list[str]:
    """What proves that the log of ``second`` events begins with that of ``first`` (RFC 6962
    section 2.1.2), in hexadecimal. Raises LookupError when the log is damaged.
    """
    return [part.hex() for part in merkle_consistency_proof(first, second, read_places)]


class _Signed(NamedTuple):
    """A leaf, and the size of the checkpoint to prove it in."""

    event_id: uuid.UUID
    sequence: int
    leaf_hash: bytes
    tree_size: int


def _prove(rows: Sequence[_Signed]) -> dict[uuid.UUID, Proof]:
    if not rows:
        return {}
    checkpoints = Checkpoint.objects.in_bulk({row.tree_size for row in rows})
    found = read_places(
        {place for row in rows for place in inclusion_places(row.sequence, row.tree_size)}
    )
    return {
        row.event_id: Proof(
            sequence=row.sequence,
            tree_size=row.tree_size,
            leaf_hash=row.leaf_hash.hex(),
            path=[
                part.hex()
                for part in merkle_inclusion_proof(row.sequence, row.tree_size, lambda _: found)
            ],
            checkpoint=checkpoints[row.tree_size],
        )
        for row in rows
    }
