"""API keys of partners, made by the service, and programs that send them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.test import Client as Browser

from apps.oauth.policy.api_keys import LOOPBACK
from apps.oauth.services.api_keys import NewApiKey, create_api_key
from apps.partners.models import Partner
from apps.projects.models import Project
from tests.factories.gateway import ORDERS
from tests.factories.world import SETUP


def api_key(
    partner: Partner,
    *,
    scopes: Sequence[str] = ("purchase_orders:read",),
    days: int = 30,
    networks: Sequence[str] = LOOPBACK,
    projects: Sequence[Project] = (),
) -> NewApiKey:
    return create_api_key(
        actor=SETUP,
        at=datetime.now(tz=UTC),
        partner=partner,
        name="Old ERP",
        scopes=scopes,
        days=days,
        networks=networks,
        projects=projects,
    )


@dataclass(frozen=True)
class KeyHolder:
    """A partner's old program, at an address."""

    key: str
    ip: str = "127.0.0.1"

    def ask(self, method: str = "GET", path: str = ORDERS, **headers: str) -> Any:
        sent = {"Authorization": f"ApiKey {self.key}", **headers}
        return Browser(raise_request_exception=False, REMOTE_ADDR=self.ip).generic(
            method, path, content_type="application/json", headers=sent
        )
