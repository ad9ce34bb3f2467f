"""Writing about partners: the company, its life, and its people."""

from apps.partners.services.companies import (
    create_partner,
    flip_partner,
    partner_subject,
    resume_partner,
    set_portal_roles,
    suspend_partner,
)
from apps.partners.services.former_addresses import keep_former_admin, purge_former_addresses
from apps.partners.services.parts import add_contact
from apps.partners.services.people import (
    add_partner_user,
    change_partner_user_role,
    hold_active,
)
from apps.partners.services.rows import insert, require_reason, update

__all__ = [
    "add_contact",
    "add_partner_user",
    "change_partner_user_role",
    "create_partner",
    "flip_partner",
    "hold_active",
    "insert",
    "keep_former_admin",
    "partner_subject",
    "purge_former_addresses",
    "require_reason",
    "resume_partner",
    "set_portal_roles",
    "suspend_partner",
    "update",
]
