"""The shape of an address that goods or invoices go to."""

from rest_framework import serializers

from apps.gateway.rest import StrictSerializer, Text
from apps.procurement.rest.fields import Country

MAX_ADDRESS_LINES = 5


class AddressShape(StrictSerializer):
    name = Text(max_length=200)
    lines = serializers.ListField(
        child=Text(max_length=200), min_length=1, max_length=MAX_ADDRESS_LINES
    )
    city = Text(max_length=100)
    postcode = Text(max_length=20, required=False, allow_blank=True)
    country = Country()
