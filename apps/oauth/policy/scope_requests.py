"""When a second person decides about scopes (spec 3, row scopes), and who may be either."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings

from apps.core.actor import Actor, ActorKind
from apps.core.errors import FieldError
from apps.identity.models import User
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.scopes import restricted

# Long enough for somebody's holidays; after that, why it was asked for may be true no longer.
LASTS = timedelta(days=14)
MAY_ASK = "oauth.add_restrictedscoperequest"
MAY_DECIDE = "oauth.change_restrictedscoperequest"


def needs_second_person(actor: Actor) -> bool:
    """Whoever acts in the admin always does. The operator's shell does outside a laptop, where it
    sets up what is tried out (spec 8).
    """
    return actor.kind != ActorKind.SYSTEM or settings.ENVIRONMENT != "local"


def scopes_to_ask_for(
    held: Iterable[str], wanted: Iterable[str], *, actor: Actor, is_agreed: bool
) -> list[str]:
    """What of the wanted scopes the client gets only by a second person's word. ``is_agreed``
    where both persons are named, as the shell does.
    """
    if not is_agreed and not needs_second_person(actor):
        return []
    return [name for name in restricted(wanted) if name not in set(held)]


def no_asker_faults(actor: Actor) -> list[FieldError]:
    """Why nobody may ask here: the role is not one that lets others in, or the shell names no
    two members of staff.
    """
    detail = (
        "A restricted scope needs two members of staff: name who asked and who approved."
        if actor.kind == ActorKind.SYSTEM
        else "Your role may not ask for restricted scopes."
    )
    return [FieldError("/scopes", "restricted", detail)]


def unusable_faults(
    scopes: Iterable[str], *, grants: Collection[str], auth_method: str
) -> list[FieldError]:
    """A machine uses the restricted tier only where it proves itself by a key (spec 3, row sender
    constraint); one that never will is not worth a second person's word.
    """
    is_machine = set(grants) == {GrantType.CLIENT_CREDENTIALS}
    if not is_machine or auth_method == AuthMethod.PRIVATE_KEY_JWT:
        return []
    return [
        FieldError(
            "/scopes",
            "scope-not-allowed",
            f"{name} is restricted: a machine uses it with private_key_jwt only, and this client "
            f"has {auth_method}.",
        )
        for name in scopes
    ]


def second_person_faults(asked_by: User, decided_by: User) -> list[FieldError]:
    """Two persons, not one person twice (spec 3, row scopes)."""
    if asked_by.pk != decided_by.pk:
        return []
    return [FieldError("", "same-person", "Whoever asked does not decide: somebody else does.")]
