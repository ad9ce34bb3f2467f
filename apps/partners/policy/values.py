"""What may stand in a partner's record: countries, currencies, tax ids."""

from stdnum.eu import vat
from stdnum.exceptions import ValidationError as InvalidNumberError

from apps.core.errors import FieldError
from apps.core.money import UnknownCurrencyError, minor_units
from apps.core.policy import country_faults
from apps.partners.models import Part, PartnerAddress, PartnerTaxRegistration

VAT = "VAT"
# The VAT prefix of Greece is not its country code (Directive 2006/112/EC article 215).
VAT_PREFIX = {"GR": "EL"}


def currency_faults(currency: str, *, pointer: str) -> list[FieldError]:
    """ISO 4217, and one can pay in it."""
    try:
        minor_units(currency)
    except UnknownCurrencyError as error:
        return [FieldError(pointer, "invalid", str(error))]
    return []


def vat_faults(tax_id: str, *, country: str) -> list[FieldError]:
    """A VAT number of a country of the European Union has that country's form and check digits;
    of others nothing is known here. The prefix may be left out.
    """
    if country.lower() not in vat.MEMBER_STATES:
        return []
    prefix = VAT_PREFIX.get(country, country)
    number = tax_id.upper()
    try:
        vat.validate(number if number.startswith(prefix) else prefix + number)
    except InvalidNumberError:
        detail = f"This is not a VAT number of {country}."
        return [FieldError("/tax_id", "invalid", detail)]
    return []


def part_faults(part: Part) -> list[FieldError]:
    """What the columns alone do not say about a part of a record."""
    faults: list[FieldError] = []
    if isinstance(part, PartnerAddress | PartnerTaxRegistration):
        faults += country_faults(part.country)
    if isinstance(part, PartnerTaxRegistration) and part.scheme.upper() == VAT:
        faults += vat_faults(part.tax_id, country=part.country)
    return faults
