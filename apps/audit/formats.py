"""What is handed out so that others can check the trail for themselves (spec 4 no. 5)."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.audit.canonical import leaf_document, private_document
from apps.audit.models import Event
from apps.audit.selectors.log import facts_of


def keys_address() -> str:
    """Where the keys are that checkpoints and receipts are signed with."""
    return f"{settings.PUBLIC_URL}{reverse('audit:signing-keys')}"


def committed_body(event: Event, *, whole: bool) -> dict[str, Any]:
    """What the event's leaf commits to. ``public`` is the leaf itself. The buyer's part, with the
    salt that ``public.private_hash`` was made with, is there only when the ``whole`` is asked for.
    """
    facts = facts_of(event)
    body: dict[str, Any] = {"public": leaf_document(facts)}
    if not whole:
        return {**body, "_redacted": ["private"]}
    return {**body, "private": {"salt": event.salt, "document": private_document(facts)}}
