"""Whose turn it is to approve, and for which of the steps a word counts."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from apps.core.errors import ConflictError, ForbiddenError
from apps.partners.models import Role
from apps.procurement.errors import SegregationOfDutiesError
from apps.procurement.models import ApprovalStep

# Whoever approves as an administrator may do so as an editor (reference 3b).
INCLUDES = {Role.APPROVER_ADMIN.value: frozenset({Role.APPROVER_ADMIN.value, Role.EDITOR.value})}


@dataclass(frozen=True)
class Waiting:
    """The steps of a submission that are not filled, and by step who has given their word for it:
    for those that are filled, too.
    """

    steps: Sequence[ApprovalStep]
    given: Mapping[uuid.UUID, Collection[uuid.UUID]]

    def has_spoken(self, user_id: uuid.UUID) -> bool:
        return any(user_id in given for given in self.given.values())


def roles_of(named: Collection[str]) -> frozenset[str]:
    """All that somebody with these roles may approve as."""
    return frozenset(role for one in named if one for role in INCLUDES.get(one, {one}))


def step_for(
    waiting: Waiting, user_id: uuid.UUID, *, roles: Collection[str], sha256: str
) -> ApprovalStep:
    """The step that the approver's word counts for: of those whose turn it is, the first of a role
    of theirs. Everybody has one word, though they have several roles.

    Raises ConflictError when the order says something else than was submitted, or others come
    first, SegregationOfDutiesError for a second word, and ForbiddenError for a role that is not
    asked.
    """
    if any(step.content_sha256 != sha256 for step in waiting.steps):
        raise ConflictError("What was submitted is not what the order says.")
    if waiting.has_spoken(user_id):
        raise SegregationOfDutiesError("You have approved this already; the others must, too.")
    theirs = [step for step in waiting.steps if step.approver_role in roles]
    if not theirs:
        asked = ", ".join(sorted({step.approver_role for step in waiting.steps}))
        raise ForbiddenError(f"The approval is asked of another role: {asked}.")
    turn = min(step.sequence for step in waiting.steps)
    first = min(theirs, key=lambda step: (step.sequence, step.pk))
    if first.sequence > turn:
        raise ConflictError("Others approve this first; then it is your turn.")
    return first


def require_administrator(roles: Collection[str]) -> None:
    """Who approves what no rule asks for. Raises ForbiddenError."""
    if Role.APPROVER_ADMIN not in roles:
        raise ForbiddenError("Only an administrator may approve this.")
