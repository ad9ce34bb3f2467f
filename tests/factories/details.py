"""Authorization details (RFC 9396) as clients ask for them, and who asks."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group

from apps.identity.models import User
from apps.oauth.policy.details import Detail
from apps.oauth.policy.narrowing import first_beyond
from apps.oauth.services import NewClient
from apps.projects.models import Project
from apps.projects.services import add_member
from tests.conformance.stage import CC, post
from tests.factories.oauth import machine
from tests.factories.world import SETUP, World, person

TYPE = "procurement_purchasing"
CREATE = "purchase_orders:create"
BUYING = ("purchase_orders:read", CREATE, "purchase_orders:issue")


def entry(project: Project, **members: Any) -> dict[str, Any]:
    """The least that can be asked for in a project, and these members."""
    return {"type": TYPE, "identifier": project.public_id, **members}


def purchasing(*entries: dict[str, Any]) -> str:
    return json.dumps(entries)


def euros(amount: str, **members: Any) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", **members}


def erp(world: World, *scopes: str) -> NewClient:
    """The buyer's ERP: a machine that buys."""
    return machine(partner=world.erp, scopes=scopes or BUYING)


def ask_machine(new: NewClient, *entries: dict[str, Any], scope: str = CREATE) -> Any:
    """What the token endpoint answers to a machine that asks for these limits."""
    form = {**CC, "scope": scope, "authorization_details": purchasing(*entries)}
    return post("/oauth/token", form, new=new)


def buyer_of(*projects: Project, email: str = "pm@nordwind.example") -> User:
    """Somebody on the buyer's side, member of these projects, who may buy."""
    somebody, at = person(email, is_staff=True), datetime.now(tz=UTC)
    somebody.groups.add(Group.objects.get(name="procurement_manager"))
    for project in projects:
        add_member(actor=SETUP, at=at, project=project, user=somebody)
    return somebody


def narrows(asked: Sequence[Detail], granted: Sequence[Detail]) -> bool:
    """Whether what is asked lies within what was granted (RFC 9396 section 6). Asking for no entry
    asks for no restriction, which only a grant without any allows.
    """
    return not first_beyond(asked, granted) if asked else not granted
