"""Who takes over a vendor's contacts does not take over its notices unseen."""

from datetime import datetime
from typing import Any

import pytest
from django.core import mail

from apps.partners.models import Partner, PartnerContact
from apps.partners.services.part_kinds import CONTACTS
from apps.partners.services.parts import change_part, remove_part
from tests.factories.gateway import ANY_REVISION
from tests.factories.identity import staff_browser
from tests.factories.partners import contact, proposed, vendor_actor
from tests.factories.scene import page_of
from tests.factories.world import partner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

THIEF = "thief@elsewhere.example"


def written(vendor: Partner, part: PartnerContact, at: datetime, **changes: str) -> None:
    told: dict[str, Any] = {
        "actor": vendor_actor(vendor), "at": at, "kind": CONTACTS, "vendor_id": vendor.public_id,
        "part_id": part.public_id, "precondition": ANY_REVISION,
    }  # fmt: skip
    if changes:
        change_part(**told, changes=changes)
    else:
        remove_part(**told)


@pytest.mark.parametrize("changes", ({"email": THIEF}, {}), ids=("changed", "removed"))
def test_the_old_address_is_told(
    at: datetime, changes: dict[str, str], django_capture_on_commit_callbacks: Any
) -> None:
    acme = partner("Acme")
    ann = contact(acme)

    with django_capture_on_commit_callbacks(execute=True):
        written(acme, ann, at, **changes)

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (
        ["ann@acme.example"], "Acme: a contact address was changed",
    )  # fmt: skip
    assert THIEF not in sent.body


def test_a_change_of_something_else_tells_nobody(
    at: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    acme = partner("Acme")
    ann = contact(acme)

    with django_capture_on_commit_callbacks(execute=True):
        written(acme, ann, at, phone="+47 1")

    assert mail.outbox == []


def test_the_verify_page_names_contacts_that_are_new() -> None:
    acme = partner("Acme")
    contact(acme, email=THIEF)
    change = proposed(acme)

    page = staff_browser().get(page_of(type(change), "verify", change.pk)).content.decode()

    assert f"Do not ask {THIEF}: this contact was added or changed lately." in page
