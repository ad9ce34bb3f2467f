"""Which person may let which client act for them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.core.errors import FieldError
from apps.oauth.models import Client
from apps.oauth.models.clients import ClientPeople
from apps.oauth.scopes import IDENTITY_SCOPES, OFFLINE_ACCESS, ROLE_SCOPES, restricted
from apps.partners.models import Partner, PartnerKind

if TYPE_CHECKING:
    from apps.oauth.selectors import PersonAtGrant


def usual_people(partner: Partner | None, scopes: Sequence[str]) -> ClientPeople:
    """Whom a client is for when nobody says. The buyer's own is for the buyer's people when all it
    asks is who they are; one that calls the API does so by each person's own rights, as an
    integration partner's does. A vendor's is for that vendor's.
    """
    if partner is None:
        asks_only_who = set(scopes) <= IDENTITY_SCOPES | {OFFLINE_ACCESS}
        return ClientPeople.BUYER if asks_only_who else ClientPeople.EVERYONE
    is_vendor = partner.kind == PartnerKind.VENDOR
    return ClientPeople.PARTNER if is_vendor else ClientPeople.EVERYONE


def people_faults(people: str, partner: Partner | None) -> list[FieldError]:
    """A vendor's client is for that vendor's people and for nobody else."""
    if partner is None:
        fits, told = people != ClientPeople.PARTNER, "The buyer's own client has no partner."
    else:
        is_vendor = partner.kind == PartnerKind.VENDOR
        fits = people == ClientPeople.PARTNER or not is_vendor
        told = "A vendor's client is for its own people only."
    return [] if fits else [FieldError("/people", "not-allowed", told)]


def may_use_client(client: Client, person: "PersonAtGrant") -> bool:
    """Whoever the client is for, with a role; of the buyer's staff some have none and sign in to
    the buyer's own applications all the same (`for_person` gives them nothing beyond that).
    """
    is_in_house = person.user.is_staff and client.partner_id is None
    if not person.is_live or not (person.role or is_in_house):
        return False
    if client.people == ClientPeople.BUYER:
        return person.user.is_staff
    if client.people == ClientPeople.PARTNER:
        return client.partner_id is not None and person.partner_id == client.partner_id
    return True


def needs_second_factor(*, is_staff: bool, role: str) -> bool:
    """Staff do, and whoever's role at a partner holds scopes of the restricted tier."""
    return is_staff or bool(restricted(ROLE_SCOPES.get(role, ())))
