"""What hangs on a vendor's record, for the API's description."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.partners.models import AddressKind
from apps.partners.rest.body_fields import Shape, maybe, redacted, shown
from apps.partners.rest.examples import ADDRESS, CONTACT, TAX


class VendorPartBody(Shape):
    id = serializers.CharField()
    revision = serializers.IntegerField()
    _redacted = redacted()


@shown({"id": "ctc_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "revision": 1, **CONTACT})
class VendorContactBody(VendorPartBody):
    name = maybe()
    title = maybe()
    email = maybe()
    phone = maybe()


@shown({"id": "adr_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "revision": 1, **ADDRESS})
class VendorAddressBody(VendorPartBody):
    kind = serializers.ChoiceField(choices=AddressKind.choices, required=False)
    lines = serializers.ListField(child=serializers.CharField(), required=False)
    city = maybe()
    region = maybe()
    postcode = maybe()
    country = maybe()


@shown({"id": "tax_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "revision": 1, **TAX})
class VendorTaxBody(VendorPartBody):
    scheme = maybe()
    tax_id = maybe()
    country = maybe()
    certificate_ref = maybe()
    valid_until = serializers.DateField(required=False, allow_null=True)


@extend_schema_serializer(many=False)
class VendorContactListBody(Shape):
    data = VendorContactBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


@extend_schema_serializer(many=False)
class VendorAddressListBody(Shape):
    data = VendorAddressBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


@extend_schema_serializer(many=False)
class VendorTaxListBody(Shape):
    data = VendorTaxBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
