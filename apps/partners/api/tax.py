"""A vendor's tax registrations."""

from typing import ClassVar

from apps.gateway.rest import Fieldset, Listing
from apps.partners.api.part_views import PartDetail, PartList
from apps.partners.rest.part_bodies import VendorTaxBody, VendorTaxListBody
from apps.partners.rest.part_words import list_of, one_of
from apps.partners.rest.shapes import VendorTaxShape
from apps.partners.services.part_kinds import TAX_REGISTRATIONS

READ, WRITE = ("vendors.tax:read",), ("vendors.tax:write",)


@list_of("tax_registration", "tax_registrations", VendorTaxBody, VendorTaxListBody, VendorTaxShape)
class TaxList(PartList):
    kind, place, shape = TAX_REGISTRATIONS, "tax-registrations", VendorTaxShape
    listing: ClassVar = Listing(VendorTaxBody)
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    optional_scopes: ClassVar = {"POST": READ}


@one_of("tax_registration", VendorTaxBody, VendorTaxShape)
class TaxDetail(PartDetail):
    kind, place, shape = TAX_REGISTRATIONS, "tax-registrations", VendorTaxShape
    fieldset: ClassVar = Fieldset(VendorTaxBody)
    required_scopes: ClassVar = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    optional_scopes: ClassVar = {"PATCH": READ}
