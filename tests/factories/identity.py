"""Staff of every role, and browsers they are signed in with."""

from datetime import UTC, datetime

from django.test import Client as Browser

from apps.core.actor import system_actor
from apps.identity.models import StaffRole, User
from apps.identity.services import create_user

PASSWORD = "correct horse battery"


def staff(role: StaffRole = StaffRole.ADMINISTRATOR, email: str = "") -> User:
    """A member of staff who can sign in with PASSWORD."""
    return create_user(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        email=email or f"{role}@buyer.example",
        password=PASSWORD,
        staff_role=role,
    )


def staff_browser(role: StaffRole = StaffRole.ADMINISTRATOR) -> Browser:
    """A browser in which somebody of this role has entered the admin."""
    browser = Browser()
    browser.force_login(staff(role))
    browser.get("/admin/")
    return browser
