"""Devices that ask to be let in (RFC 8628), and the people who answer them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.test import Client as Browser

from apps.core.actor import system_actor
from apps.identity.models import User
from apps.oauth.models import ClientKind
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from apps.partners.models import Partner
from tests.factories.oauth import basic, open_to, post_form

PAGE = "/oauth/device"


def scanner(
    *,
    scopes: Sequence[str] = ("purchase_orders:read", "projects:read"),
    partner: Partner | None = None,
    auth_method: AuthMethod = AuthMethod.NONE,
    name: str = "Warehouse scanner",
) -> NewClient:
    """A client without a browser that acts for people."""
    return register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name=name,
        kind=ClientKind.SERVICE if partner else ClientKind.INTERNAL,
        auth_method=auth_method,
        grant_types=[GrantType.DEVICE_CODE],
        scopes=scopes,
        partner=partner,
        metadata=ClientMetadata(people=open_to(partner)),
    )


def as_client(new: NewClient, form: dict[str, str]) -> tuple[dict[str, str], str]:
    """The form and the header by which this client shows who it is."""
    if new.secret is None:
        return {"client_id": new.client.client_id, **form}, ""
    return form, basic(new.client, new.secret)


def ask(new: NewClient, **changes: str) -> Any:
    """The device authorization request (section 3.1)."""
    asked = {"scope": " ".join(new.client.allowed_scopes), **changes}
    form, authorization = as_client(new, asked)
    return post_form("/oauth/device_authorization", form, authorization=authorization)


@dataclass(frozen=True)
class Device:
    """A device that shows a code and polls."""

    new: NewClient
    device_code: str
    user_code: str

    def poll(self, **changes: str) -> Any:
        """The device access token request (section 3.4)."""
        asked = {
            "grant_type": GrantType.DEVICE_CODE.value,
            "device_code": self.device_code,
            **changes,
        }
        form, authorization = as_client(self.new, asked)
        return post_form("/oauth/token", form, authorization=authorization)


def device(new: NewClient, **changes: str) -> Device:
    answer = ask(new, **changes)
    assert answer.status_code == 200, answer.content
    body = json.loads(answer.content)
    return Device(new, body["device_code"], body["user_code"])


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def type_code(browser: Browser, code: str) -> Any:
    return browser.post(PAGE, {"user_code": code})


def decide(browser: Browser, page: Any, decision: str = "allow") -> Any:
    """Press a button on the page that `type_code` led to."""
    assert page.status_code == 200, page.content
    handle = page.context["request_handle"]
    return browser.post(PAGE, {"request_handle": handle, "decision": decision})


def answer(user: User, asking: Device, decision: str = "allow") -> Any:
    """Sign in, type the code, decide."""
    browser = browser_of(user)
    return decide(browser, type_code(browser, asking.user_code), decision)
