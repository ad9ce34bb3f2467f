"""Whose words for an order, or for a change of it, still count."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from apps.oauth.models import SessionKind
from apps.oauth.selectors import PersonAtGrant, people_at_grant
from apps.procurement.models import Approval, ApprovalStep
from apps.projects.models import ProjectMember


class _Word(NamedTuple):
    """As it was given, for which step, and in which project."""

    step: uuid.UUID
    user: uuid.UUID
    kind: str
    partner: uuid.UUID | None
    project: uuid.UUID


def speakers_roles(
    steps: Collection[ApprovalStep], *, at: datetime
) -> Mapping[uuid.UUID, list[set[str]]]:
    """What those who gave a word for each of the steps, all of one order, are now, by the session
    and in the project, each of them who is still active, of the same company and in the project.
    Three statements, and one where no word was given.
    """
    found: dict[uuid.UUID, list[set[str]]] = defaultdict(list)
    given = Approval.objects.filter(step__in=steps).values_list(
        "step", "user", "session__kind", "session__partner", "order__project"
    )
    words = [_Word(*row) for row in given]
    if not words:
        return found
    people = people_at_grant([word.user for word in words], at=at)
    there = _roles_there(words, at)
    for word in words:
        if _stands(word, people[word.user]):
            found[word.step].append({people[word.user].role, there.get(word.user, "")})
    return found


def _stands(word: _Word, person: PersonAtGrant) -> bool:
    """Staff who speak in the admin act in every project, others where they are members."""
    is_there = word.kind == SessionKind.STAFF or word.project in person.projects
    return is_there and person.is_live and person.partner_id == word.partner


def _roles_there(words: Collection[_Word], at: datetime) -> Mapping[uuid.UUID | None, str]:
    """In the project, beside what they are anyway; all the words are for one order."""
    now = Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    members = ProjectMember.objects.filter(
        now,
        project__in={word.project for word in words},
        user__in=[word.user for word in words],
        valid_from__lte=at,
    )
    return dict(members.values_list("user", "role"))
