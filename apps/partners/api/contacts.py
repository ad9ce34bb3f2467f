"""A vendor's contacts."""

from typing import ClassVar

from apps.gateway.rest import Fieldset, Listing
from apps.partners.api.part_views import PartDetail, PartList
from apps.partners.rest.part_bodies import VendorContactBody, VendorContactListBody
from apps.partners.rest.part_words import list_of, one_of
from apps.partners.rest.shapes import VendorContactShape
from apps.partners.services.part_kinds import CONTACTS

READ, WRITE = ("vendors.contacts:read",), ("vendors.contacts:write",)


@list_of("contact", "contacts", VendorContactBody, VendorContactListBody, VendorContactShape)
class ContactList(PartList):
    kind, place, shape = CONTACTS, "contacts", VendorContactShape
    listing: ClassVar = Listing(VendorContactBody)
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    optional_scopes: ClassVar = {"POST": READ}


@one_of("contact", VendorContactBody, VendorContactShape)
class ContactDetail(PartDetail):
    kind, place, shape = CONTACTS, "contacts", VendorContactShape
    fieldset: ClassVar = Fieldset(VendorContactBody)
    required_scopes: ClassVar = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    optional_scopes: ClassVar = {"PATCH": READ}
