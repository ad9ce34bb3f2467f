"""What a token's authorization details grant in a project (RFC 9396, reference 3c)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.procurement.errors import ActionNotGrantedError
from apps.projects.models import Project


def entry_for(actor: Actor, project_id: uuid.UUID) -> Mapping[str, Any] | None:
    """The entry of the caller's token that is about the project, if there is one."""
    wanted = encode_id(Project.id_prefix, project_id)
    named = (one for one in actor.authorization_details if one.get("identifier") == wanted)
    return next(named, None)


def require_granted(actor: Actor, project_id: uuid.UUID, action: str, at: datetime) -> None:
    """A token that carries details acts on orders only as they say. Raises what
    require_entry_valid raises.
    """
    require_entry_valid(actor, project_id, at)
    entry = entry_for(actor, project_id)
    if entry is not None and action not in entry.get("actions", ()):
        raise ActionNotGrantedError(
            f"The token's authorization details do not grant {action} in this project."
        )


def require_entry_valid(actor: Actor, project_id: uuid.UUID, at: datetime) -> None:
    """A token that carries details writes only where they say, and as long; one without is not
    restricted by them. Reading needs no entry. Raises ActionNotGrantedError.
    """
    if not actor.authorization_details:
        return
    entry = entry_for(actor, project_id)
    if entry is None:
        raise ActionNotGrantedError("The token's authorization details do not name this project.")
    if (until := valid_until(entry)) is not None and until <= at:
        raise ActionNotGrantedError(
            "The token's authorization details for this project hold no longer."
        )


def valid_until(entry: Mapping[str, Any]) -> datetime | None:
    said = entry.get("valid_until")
    return datetime.fromisoformat(said) if said else None
