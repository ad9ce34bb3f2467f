"""What may not stand in a text that is kept and shown as it is."""

import re

from apps.core.errors import FieldError, ValidationFailedError
from apps.partners.policy.banking import is_iban

SHORTEST, LONGEST = 15, 34  # Of an IBAN (ISO 13616).
START = re.compile(r"(?=[A-Z]{2}[0-9]{2})")


def require_no_number(text: str, pointer: str = "/reason") -> None:
    """A reason goes into the trail and to whoever sees the change, unmasked; account numbers do
    not. Raises ValidationFailedError, which does not repeat it.
    """
    packed = re.sub(r"[^0-9A-Z]", "", text.upper())
    if any(_starts_with_iban(packed[found.start() :]) for found in START.finditer(packed)):
        detail = "Leave the account number out: this text is kept as it is."
        fault = FieldError(pointer, "not-allowed", detail)
        raise ValidationFailedError("An account number stands in the text.", errors=[fault])


def _starts_with_iban(text: str) -> bool:
    return any(is_iban(text[:length]) for length in range(SHORTEST, LONGEST + 1))
