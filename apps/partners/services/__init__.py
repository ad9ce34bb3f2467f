"""Writing about partners: the company, its life, and its people."""

from apps.partners.services.companies import (
    add_contact,
    create_partner,
    flip_partner,
    partner_subject,
    resume_partner,
    suspend_partner,
)
from apps.partners.services.people import add_partner_user
from apps.partners.services.rows import insert, require_reason

__all__ = [
    "add_contact",
    "add_partner_user",
    "create_partner",
    "flip_partner",
    "insert",
    "partner_subject",
    "require_reason",
    "resume_partner",
    "suspend_partner",
]
