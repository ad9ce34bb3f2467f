"""Authorization details as the purchasing policies leave them (RFC 9396 section 7.1)."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.ids import decode_id
from apps.oauth.errors import InvalidAuthorizationDetailsError
from apps.oauth.policy.budgets import Bounds, budgeted, forbidden_by_project
from apps.oauth.policy.details import DetailsError
from apps.oauth.policy.leftovers import (
    latest_until,
    require_something_left,
    small_enough,
    without_buying,
)
from apps.oauth.services.minting import Details
from apps.partners.models import VENDOR_ROLES
from apps.projects.models import PolicyVersion, Project
from apps.projects.selectors import policies_by_project


@dataclass(frozen=True, kw_only=True)
class Grantee:
    """Whom details are granted to, as policies name them."""

    client_id: str
    partner_id: uuid.UUID | None
    role: str


def details_by_policy(asked: Details, *, grantee: Grantee, at: datetime) -> Details:
    """What a new grant is limited to: what is asked, its project and the policies have in common.
    Raises InvalidAuthorizationDetailsError, also where that is nothing.
    """
    bounds = _bounds_of(asked, grantee=grantee, at=at)
    found = [budgeted(entry, within) for entry, within in zip(asked, bounds, strict=True)]
    pairs = enumerate(zip(asked, bounds, strict=True))
    by_projects = [place for place, pair in pairs if forbidden_by_project(*pair)]
    try:
        require_something_left(found, by_projects=by_projects)
    except DetailsError as error:
        raise InvalidAuthorizationDetailsError(str(error)) from error
    return _carried(found, asked, at=at)


def details_today(granted: Details, *, grantee: Grantee, at: datetime) -> Details:
    """What is left now of what was granted before; never more. Raises
    InvalidAuthorizationDetailsError where that is over, or no longer fits into a token.
    """
    bounds = _bounds_of(granted, grantee=grantee, at=at)
    found = [budgeted(entry, within) for entry, within in zip(granted, bounds, strict=True)]
    left = [without_buying(now, then) for now, then in zip(found, granted, strict=True)]
    return _carried(left, granted, at=at)


def _carried(details: Details, asked: Details, *, at: datetime) -> Details:
    """As a token carries them, which is not over before it begins."""
    until = latest_until(details)
    if until is not None and until <= at:
        raise InvalidAuthorizationDetailsError("valid_until is over already.")
    try:
        return small_enough(details, asked)
    except DetailsError as error:
        raise InvalidAuthorizationDetailsError(str(error)) from error


def _bounds_of(details: Details, *, grantee: Grantee, at: datetime) -> list[Bounds]:
    """Of each entry. Two statements, and none for details that are none."""
    if not details:
        return []
    keys = [_project_of(entry) for entry in details]
    projects = Project.objects.only("access_until", "categories").in_bulk(keys)
    versions = _policies(keys, grantee, at=at)
    return [_bounds(projects[key], versions[key], grantee) for key in keys]


def _project_of(entry: Mapping[str, Any]) -> uuid.UUID:
    """An entry that was read names one."""
    key = decode_id(Project.id_prefix, entry["identifier"])
    if key is None:
        raise TypeError("An entry names a project.")
    return key


def _policies(
    keys: Collection[uuid.UUID], grantee: Grantee, *, at: datetime
) -> dict[uuid.UUID, list[PolicyVersion]]:
    """None for who sells: what the buyer's policies say is not for vendors to read."""
    if grantee.role in VENDOR_ROLES:
        return {key: [] for key in keys}
    return policies_by_project(
        project_ids=keys,
        client_id=grantee.client_id,
        partner_id=grantee.partner_id,
        role=grantee.role,
        at=at,
    )


def _bounds(project: Project, versions: list[PolicyVersion], grantee: Grantee) -> Bounds:
    own = () if grantee.role in VENDOR_ROLES else tuple(project.categories)
    return Bounds(until=project.access_until, categories=own, versions=versions)
