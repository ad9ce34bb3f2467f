"""What is shown of a vendor, for the API's description; partners.formats writes it."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.partners.models import RiskTier
from apps.partners.rest.account_bodies import VendorAccountBody
from apps.partners.rest.body_fields import Shape, maybe, redacted
from apps.partners.rest.examples import VENDOR
from apps.partners.rest.part_bodies import VendorAddressBody, VendorContactBody, VendorTaxBody
from apps.partners.states import PartnerStatus


class VendorIdentifierBody(Shape):
    scheme = serializers.CharField()
    id = serializers.CharField()


@extend_schema_serializer(examples=[OpenApiExample("Vendor", value=VENDOR, response_only=True)])
class VendorBody(Shape):
    """A vendor. `revision` counts every write of its record, also of what hangs on it."""

    id = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.ChoiceField(choices=PartnerStatus.choices)
    revision = serializers.IntegerField()
    name = maybe()
    legal_name = maybe()
    trading_name = maybe()
    identifiers = VendorIdentifierBody(many=True, required=False)
    default_currency = maybe()
    payment_terms = maybe()
    categories = serializers.ListField(child=serializers.CharField(), required=False)
    website = maybe()
    description = maybe()
    contacts = VendorContactBody(many=True, required=False)
    addresses = VendorAddressBody(many=True, required=False)
    tax_registrations = VendorTaxBody(many=True, required=False)
    bank_accounts = VendorAccountBody(many=True, required=False)
    risk_tier = serializers.ChoiceField(choices=[("", "none"), *RiskTier.choices], required=False)
    internal_note = maybe()
    owner = serializers.CharField(required=False, allow_null=True)
    _redacted = redacted()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class VendorListBody(Shape):
    data = VendorBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
