"""Staff of every role, and browsers they are signed in with."""

from datetime import UTC, datetime

from allauth.account.internal.userkit import user_id_to_str
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


def sign_in(browser: Browser, user: User, *steps: dict[str, str]) -> Browser:
    """Signed in just now by these steps, as django-allauth writes them down; by a password unless
    told.
    """
    browser.force_login(user)
    session = browser.session
    at = datetime.now(tz=UTC).timestamp()
    taken = steps or ({"method": "password"},)
    session["account_authentication_methods"] = [{**step, "at": at} for step in taken]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    return browser


def added_by_staff(email: str) -> User:
    """Staff whom an administrator has added in the admin: PASSWORD is the first password, and the
    address is not proven. Nobody may need a second factor meanwhile.
    """
    form = {"once": "a", "email": email, "name": "", "password": PASSWORD, "staff_role": "viewer"}
    sign_in(Browser(), staff()).post("/admin/identity/user/add/", form)
    return User.objects.get(email=email)


def staff_browser(role: StaffRole = StaffRole.ADMINISTRATOR) -> Browser:
    """A browser in which somebody of this role has entered the admin."""
    browser = sign_in(Browser(), staff(role))
    browser.get("/admin/")
    return browser
