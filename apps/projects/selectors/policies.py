"""Which versions of which purchasing policies bind whom."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from apps.projects.models import PolicyVersion
from apps.projects.selectors.binding import binding_versions

# A version begins when its request did, and is seen once that is committed: whoever was granted a
# session in between was granted it under what stood before.
SETTLES_WITHIN = timedelta(minutes=1)


def policies_applying(
    *,
    project_id: uuid.UUID,
    client_id: str,
    partner_id: uuid.UUID | None,
    role: str,
    at: datetime,
    granted_at: datetime | None = None,
) -> list[PolicyVersion]:
    """The versions that bind a purchase in the project: see `policies_by_project`."""
    found = policies_by_project(
        project_ids=[project_id],
        client_id=client_id,
        partner_id=partner_id,
        role=role,
        at=at,
        granted_at=granted_at,
    )
    return found[project_id]


def policies_by_project(
    *,
    project_ids: Collection[uuid.UUID],
    client_id: str,
    partner_id: uuid.UUID | None,
    role: str,
    at: datetime,
    granted_at: datetime | None = None,
) -> dict[uuid.UUID, list[PolicyVersion]]:
    """For each of the projects the versions that bind this caller, in order of their numbers and
    with their policies loaded, by one statement.

    Those in effect ``at``, and those that were when the session was granted: what is tightened
    counts at once, what is loosened not for who holds a token already (reference 3c). A minute
    before the grant is asked, too: a version that was being written then loosens nothing.
    """
    found: dict[uuid.UUID, list[PolicyVersion]] = {project_id: [] for project_id in project_ids}
    rows = binding_versions(
        project_ids=list(found),
        client_id=client_id,
        partner_id=partner_id,
        role=role,
        at=at,
        granted_at=granted_at or at,
        settled_at=granted_at - SETTLES_WITHIN if granted_at else at,
    )
    for project_id, version in rows:
        found[project_id].append(version)
    return found
