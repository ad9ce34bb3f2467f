"""Whose words for an order, or for a change of it, still count."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from apps.oauth.models import SessionKind
from apps.oauth.selectors import PersonAtGrant, people_at_grant
from apps.procurement.models import Approval, ApprovalStep
from apps.projects.models import ProjectMember


class _Word(NamedTuple):
    """As it was given, and in which project."""

    user: uuid.UUID
    kind: str
    partner: uuid.UUID | None
    project: uuid.UUID


def speakers_roles(step: ApprovalStep, *, at: datetime) -> list[set[str]]:
    """What those who gave a word for the step are now, by the session and in the project, each
    of them who is still active, of the same company and in the project. Three statements, and one
    where no word was given.
    """
    given = Approval.objects.filter(step=step).values_list(
        "user", "session__kind", "session__partner", "order__project"
    )
    words = [_Word(*row) for row in given]
    if not words:
        return []
    people = people_at_grant([word.user for word in words], at=at)
    there = _roles_there(words, at)
    return [
        {people[word.user].role, there.get(word.user, "")}
        for word in words
        if _stands(word, people[word.user])
    ]


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
