"""What is sent about a vendor."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Code, Day, StrictSerializer, Text
from apps.partners.models import AddressKind, ChangeKind
from apps.partners.policy.banking import NewDetails
from apps.partners.rest.examples import ADDRESS, CHANGE, CONTACT, PROFILE, TAX, WITHDRAWN

DETAILS = ("holder", "iban", "account_number", "bic", "bank_code", "country", "currency")
MOST_CATEGORIES = 200
SAME_VENDOR = "Follows from token and address; another is refused"


def blank(length: int) -> Text:
    return Text(max_length=length, required=False, allow_blank=True)


def example(value: dict[str, Any]) -> Any:  # noqa: ANN401 -- the library's untyped decorator
    return extend_schema_serializer(
        examples=[OpenApiExample("Example", value=value, request_only=True)]
    )


@example(PROFILE)
class ProfileShape(StrictSerializer):
    """What a vendor, or the buyer's systems, may change of the record itself. Which of it depends
    on the side: terms, currency and categories are the buyer's.
    """

    trading_name = blank(200)
    default_currency = blank(3)
    payment_terms = blank(200)
    categories = serializers.ListField(
        child=Text(max_length=60), required=False, max_length=MOST_CATEGORIES
    )
    website = blank(300)
    description = blank(2000)


@example(CONTACT)
class VendorContactShape(StrictSerializer):
    name = blank(200)
    title = blank(100)
    email = Text(max_length=254)
    phone = blank(40)


@example(ADDRESS)
class VendorAddressShape(StrictSerializer):
    kind = Code(choices=AddressKind.choices)
    lines = serializers.ListField(child=Text(max_length=200), min_length=1, max_length=4)
    city = Text(max_length=100)
    region = blank(100)
    postcode = blank(20)
    country = Text(max_length=2, help_text="ISO 3166-1 alpha-2")


@example(TAX)
class VendorTaxShape(StrictSerializer):
    scheme = Text(max_length=20, help_text="Such as VAT, GST or EIN")
    tax_id = Text(max_length=40)
    country = Text(max_length=2, help_text="ISO 3166-1 alpha-2")
    certificate_ref = blank(200)
    valid_until = Day(required=False, allow_null=True)


@example(CHANGE)
class BankChangeShape(StrictSerializer):
    """`add` and `replace` give the new account, by IBAN or by another number; `replace` and
    `retire` name the account they are about.
    """

    kind = Code(choices=ChangeKind.choices)
    vendor = Text(max_length=40, required=False, help_text=SAME_VENDOR)
    account = blank(40)
    holder = blank(200)
    iban = blank(50)
    account_number = blank(50)
    bic = blank(11)
    bank_code = blank(20)
    country = blank(2)
    currency = blank(3)
    reason = Text(max_length=500)


@example(WITHDRAWN)
class WithdrawShape(StrictSerializer):
    reason = blank(500)


def details_of(said: dict[str, Any]) -> NewDetails:
    """The account that a validated body describes."""
    return NewDetails(**{name: said[name] for name in DETAILS if name in said})
