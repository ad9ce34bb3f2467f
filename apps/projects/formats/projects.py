"""Projects and members as the API shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.core.money import minor_units
from apps.projects.models import BuyerEntity, Project, ProjectMember

# Beside being of the buyer's side; a vendor is shown none of the buyer's own business.
BUDGET_SCOPE = "purchase_orders.cost:read"
BUYERS = ("budget", "categories", "owner")


def project_path(project: Project) -> str:
    return f"{reverse('api:projects')}/{project.public_id}"


def project_body(project: Project, actor: Actor) -> dict[str, Any]:
    """Wants a project read by selectors.visible."""
    path = project_path(project)
    hidden = hidden_from(actor)
    own = {name: value for name, value in _buyers_own(project).items() if name not in hidden}
    return {
        "id": project.public_id,
        "number": project.number,
        "title": project.title,
        "status": project.status,
        "revision": project.revision,
        "buyer_entity": {
            "id": encode_id(BuyerEntity.id_prefix, project.buyer_entity_id),
            "name": project.buyer_entity.name,
            "tax_id": project.buyer_entity.tax_id,
        },
        "starts_on": project.starts_on.isoformat(),
        "ends_on": project.ends_on.isoformat(),
        "access_until": _instant(project.access_until),
        **own,
        **({"_redacted": hidden} if hidden else {}),
        "created_at": _instant(project.created_at),
        "updated_at": _instant(project.updated_at),
        "links": {"self": path, "members": f"{path}/members"},
    }


def hidden_from(actor: Actor) -> list[str]:
    if actor.acts_for_vendor:
        return [*BUYERS]
    return [] if BUDGET_SCOPE in actor.scopes else ["budget"]


def _buyers_own(project: Project) -> Mapping[str, Any]:
    owner = project.owner
    return {
        "owner": {"id": owner.public_id, "name": owner.name} if owner else None,
        "budget": _budget(project),
        "categories": project.categories,
    }


def _budget(project: Project) -> dict[str, str] | None:
    if project.budget_amount is None:
        return None
    places = minor_units(project.budget_currency)
    amount = f"{project.budget_amount:.{places}f}"
    return {"amount": amount, "currency": project.budget_currency}


def member_body(member: ProjectMember, project: Project) -> dict[str, Any]:
    partner, user = member.partner, member.user
    return {
        "id": member.public_id,
        "project": project.public_id,
        "partner": {"id": partner.public_id, "name": partner.name} if partner else None,
        "person": {"id": user.public_id, "name": user.name} if user else None,
        "role": member.role,
        "valid_from": _instant(member.valid_from),
        "valid_until": _instant(member.valid_until) if member.valid_until else None,
        "links": {"project": project_path(project)},
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
