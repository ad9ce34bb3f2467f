"""Tells a contact's old address that it is no longer the contact's: whoever takes over a vendor's
account would first turn its mail away, and then change where it is paid.
"""

import structlog
from django.core.mail import send_mail
from django.db import transaction

from apps.partners.models import Part, Partner, PartnerContact

log = structlog.get_logger("countersign.partners")
TEXT = """\
This address was a contact of {name} and was replaced or removed.

If you do not know of this, tell the buyer at once, by a number you had before this mail: changes
of bank accounts may follow.
"""


def tell_old_address(partner: Partner, part: Part, *, email: str) -> None:
    """Mail ``email``, the address ``part`` had, once the transaction is done; a part that is no
    contact has none.
    """
    if isinstance(part, PartnerContact):
        name, contact = " ".join(partner.name.split()), part.public_id
        transaction.on_commit(lambda: _send(name, contact, email))


def _send(name: str, contact: str, email: str) -> None:
    """The change stands whether or not the mail server takes the mail."""
    try:
        send_mail(f"{name}: a contact address was changed", TEXT.format(name=name), None, [email])
    except OSError as error:  # What a mail server that is away or refuses raises.
        log.warning("partner_contact.not_told", contact=contact, error=repr(error))
