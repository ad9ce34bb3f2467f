"""No page of another site does anything in a person's name."""

import re
from collections.abc import Iterator, Sequence

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories.factors import give_password
from tests.factories.identity import sign_in, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
# Machines call these and bring their own proof. Two are for browsers that come from elsewhere: the
# logout asks before it acts, and the decision at `authorize` has a check of its own
# (tests/oauth/test_attacks.py).
WITHOUT_CHECK = {
    "oauth/authorize", "oauth/device_authorization", "oauth/introspect", "oauth/logout",
    "oauth/par", "oauth/revoke", "oauth/token", "oauth/userinfo",
}  # fmt: skip
A_KEY = "account/password/reset/key/1-abc/"


def addresses(
    patterns: Sequence[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, bool]]:
    """Each with something in its placeholders, and whether its view does without the check."""
    for one in patterns:
        path = before + re.sub(r"<\w+:\w+>", "1", str(one.pattern))
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, path)
        else:
            exempt = getattr(one.callback, "csrf_exempt", False)
            yield (A_KEY if "reset/key/(" in path else path), exempt


ADDRESSES = list(addresses(get_resolver().url_patterns))


def test_only_what_machines_call_does_without_a_forms_secret() -> None:
    without = {path for path, exempt in ADDRESSES if exempt and not path.startswith("api/")}

    assert without == WITHOUT_CHECK


def test_form_of_another_site_is_refused_at_every_address() -> None:
    browser = sign_in(Browser(enforce_csrf_checks=True), staff())
    elsewhere = {"Origin": "https://evil.example"}
    checked = [path for path, exempt in ADDRESSES if not exempt and "(" not in path]

    answers = {path: browser.post(f"/{path}", headers=elsewhere) for path in checked}

    pages = {path: [page.name for page in one.templates][:1] for path, one in answers.items()}
    assert {path: page for path, page in pages.items() if page != ["403_csrf.html"]} == {}
    assert len(checked) > 100


@pytest.mark.parametrize("path", ("/account/logout/", "/oauth/logout", "/admin/logout/"))
def test_link_of_another_site_signs_nobody_out(path: str) -> None:
    browser = Browser()
    give_password(browser, staff())

    browser.get(path, follow=True)

    assert browser.get("/account/").status_code == 200
