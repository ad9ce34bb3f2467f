"""Acts in the admin, done as staff do them: the page is opened, its form is sent."""

from typing import Any

from django.test import Client as Browser

from tests.factories.gateway import new_key
from tests.factories.scene import page_of


def opened(browser: Browser, record: Any, name: str) -> dict[str, str]:
    """What the act's form carries unseen, as its page gave it out; no more than a new key where
    there is no such page for this browser now.
    """
    page = browser.get(page_of(type(record), name, record.pk))
    form = page.context and page.context.get("form")
    hidden = {field.name: field.value() for field in form.hidden_fields()} if form else {}
    return {"once": new_key(), **hidden}


def do(browser: Browser, record: Any, name: str, **given: str) -> Any:
    """Open the act's page and send its form, with a reason."""
    return send(browser, record, name, opened(browser, record, name), **given)


def send(browser: Browser, record: Any, name: str, form: dict[str, str], **given: str) -> Any:
    """A form that was opened before, with a reason."""
    address = page_of(type(record), name, record.pk)
    return browser.post(address, {**form, "reason": "Because", **given})
