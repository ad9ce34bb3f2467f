"""A vendor's bank accounts, for the API's description."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.partners.models import AccountStatus, NumberKind
from apps.partners.rest.body_fields import Shape, maybe, moment, shown
from apps.partners.rest.examples import ACCOUNT
from apps.partners.rest.part_bodies import VendorPartBody


@shown(ACCOUNT)
class VendorAccountBody(VendorPartBody):
    """A bank account; `number` is masked unless the whole was asked for and may be seen."""

    holder = maybe()
    number_kind = serializers.ChoiceField(choices=NumberKind.choices, required=False)
    number = maybe()
    bic = maybe()
    bank_code = maybe()
    country = maybe()
    currency = maybe()
    status = serializers.ChoiceField(choices=AccountStatus.choices, required=False)
    verified_at = moment()
    effective_from = moment()
    retired_from = moment()


@extend_schema_serializer(many=False)
class VendorAccountListBody(Shape):
    data = VendorAccountBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
