"""Receipts as partners fetch them, and the program that docs/verify-a-receipt.md gives them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.test import Client as Browser

from apps.audit.models import AuditKey
from apps.audit.services import seal_audit
from apps.core.keys import create_active_key, forget_keys
from tests.factories.gateway import ORDERS, Caller

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "verify-a-receipt.md"


def seal() -> None:
    seal_audit(at=datetime.now(UTC), force_checkpoint=True)


def rotate_audit_key() -> None:
    """As an operator does it: the key is retired and another signs from now on."""
    AuditKey.objects.filter(state="active").update(state="retired", retired_at=datetime.now(UTC))
    forget_keys()
    create_active_key(AuditKey, datetime.now(UTC))
    forget_keys()


def program_text() -> str:
    """The one block of Python in the guide."""
    text = GUIDE.read_text("utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(block)


def program() -> SimpleNamespace:
    """What that block defines."""
    names: dict[str, Any] = {"__name__": "verify"}
    exec(compile(program_text(), str(GUIDE), "exec"), names)  # noqa: S102 -- the guide's own code
    return SimpleNamespace(**names)


@dataclass
class Fetched:
    """The three files of the guide."""

    receipt: str
    keys: dict[str, Any]
    revisions: list[dict[str, Any]]


def fetched(caller: Caller, order_id: str, **query: str) -> Fetched:
    receipt = caller.get(f"{ORDERS}/{order_id}/authorization", format="jws", **query)
    assert receipt.status_code == 200, receipt.content
    revisions = caller.get(f"{ORDERS}/{order_id}/revisions", expand="content", limit="200")
    keys = Browser().get("/.well-known/countersign-keys")
    return Fetched(receipt.content.decode(), keys.json(), revisions.json()["data"])
