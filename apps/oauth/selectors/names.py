"""What ids are called, for whoever may know it."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from apps.core.ids import decode_id
from apps.partners.models import Partner
from apps.projects.models import Project


def names_in_details(
    details: Sequence[dict[str, Any]],
    *,
    projects: Collection[uuid.UUID],
    partner_id: uuid.UUID | None,
) -> dict[str, str]:
    """The names of what authorization details name, by public id, as somebody of this partner or
    of the buyer (None) may read them: these projects, and vendors if they are of the buyer, or
    their own. Of anything else an id tells nobody the name.
    """
    known = _ids(Project.id_prefix, [one["identifier"] for one in details]) & set(projects)
    names = {row.public_id: str(row) for row in Project.objects.filter(id__in=known)}
    vendors = _ids(Partner.id_prefix, [v for one in details for v in one.get("vendors", ())])
    if partner_id is not None:
        vendors &= {partner_id}
    names |= {row.public_id: row.name for row in Partner.objects.filter(id__in=vendors)}
    return names


def _ids(prefix: str, texts: Sequence[str]) -> set[uuid.UUID]:
    found = {decode_id(prefix, text) for text in texts}
    return {one for one in found if one is not None}


def project_titles(projects: frozenset[uuid.UUID]) -> list[str]:
    return [str(project) for project in Project.objects.filter(id__in=projects)]
