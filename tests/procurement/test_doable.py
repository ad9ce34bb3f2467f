"""Links lead to what the token lets its bearer do, and nowhere else."""

import uuid
from dataclasses import replace

import pytest

from apps.procurement.formats.doable import doable
from tests.factories.world import SETUP

WAITING = ("approvals", "approve", "reject", "cancel")
BUYER = {"purchase_orders:read", "purchase_orders:create", "purchase_orders:cancel"}
APPROVER = {"purchase_orders:read", "purchase_orders:approve"}


@pytest.mark.parametrize(
    ("scopes", "is_a_person", "links"),
    (
        (BUYER, False, ("approvals", "cancel")),
        (APPROVER, True, ("approvals", "approve", "reject")),
        (APPROVER, False, ("approvals",)),
        ({"purchase_orders:approve"}, True, ("approve", "reject")),
        (set(), True, ()),
    ),
)
def test_links_are_what_the_token_lets_its_bearer_do(
    scopes: set[str], links: tuple[str, ...], *, is_a_person: bool
) -> None:
    user_id = uuid.uuid4() if is_a_person else None
    actor = replace(SETUP, scopes=frozenset(scopes), user_id=user_id)

    assert doable(WAITING, actor) == links
