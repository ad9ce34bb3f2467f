"""A vendor's addresses."""

from typing import ClassVar

from apps.gateway.rest import Fieldset, Listing
from apps.partners.api.part_views import PartDetail, PartList
from apps.partners.rest.part_bodies import VendorAddressBody, VendorAddressListBody
from apps.partners.rest.part_words import list_of, one_of
from apps.partners.rest.shapes import VendorAddressShape
from apps.partners.services.part_kinds import ADDRESSES

READ, WRITE = ("vendors.address:read",), ("vendors.address:write",)


@list_of("address", "addresses", VendorAddressBody, VendorAddressListBody, VendorAddressShape)
class AddressList(PartList):
    kind, place, shape = ADDRESSES, "addresses", VendorAddressShape
    listing: ClassVar = Listing(VendorAddressBody)
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    optional_scopes: ClassVar = {"POST": READ}


@one_of("address", VendorAddressBody, VendorAddressShape)
class AddressDetail(PartDetail):
    kind, place, shape = ADDRESSES, "addresses", VendorAddressShape
    fieldset: ClassVar = Fieldset(VendorAddressBody)
    required_scopes: ClassVar = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    optional_scopes: ClassVar = {"PATCH": READ}
