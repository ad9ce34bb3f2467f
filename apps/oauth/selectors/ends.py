"""When access in the projects of a grant ends."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import F, Func, JSONField, QuerySet, Subquery

from apps.oauth.selectors.reach import Ends, Reach
from apps.projects.models import Project
from apps.projects.states import ProjectStatus


def latest_end(ends: Ends, projects: Collection[uuid.UUID]) -> datetime | None:
    """When access in the last of these projects ends; None where none of them has an end."""
    return max((ends[one] for one in projects if one in ends), default=None)


def ends_of(projects: QuerySet[Project]) -> Subquery:
    """A JSON object, by project, of its state and when access ends; null where there is none."""
    said = Func(
        F("status"), F("access_until"), function="jsonb_build_array", output_field=JSONField()
    )
    gathered = Func(F("id"), said, function="jsonb_object_agg", output_field=JSONField())
    return Subquery(projects.order_by().values(ends=gathered))


def read_ends(gathered: Mapping[str, Sequence[str]] | None) -> Reach:
    found: dict[bool, dict[uuid.UUID, datetime]] = {True: {}, False: {}}
    for one, (status, end) in (gathered or {}).items():
        is_open = status == ProjectStatus.OPEN
        found[is_open][uuid.UUID(one)] = datetime.fromisoformat(end)
    return Reach(ends=found[True], winding_down=found[False])
