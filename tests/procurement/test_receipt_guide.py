"""docs/verify-a-receipt.md: its program, run on what the product answers and on forgeries."""

import json
import subprocess
import sys
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from apps.audit.jose import RECEIPT_TYPE, sign_statement
from apps.audit.merkle import Frontier, Place, inclusion_proof, leaf_hash
from apps.audit.models import AuditKey
from apps.core.keys import active_key
from apps.procurement.models import PurchaseOrder
from tests.conformance.compliance import conforms
from tests.factories.gateway import Caller
from tests.factories.procurement import actor_for, answered, auditor_caller, issued, vendor_caller
from tests.factories.receipts import Fetched, fetched, program, program_text, rotate_audit_key, seal
from tests.factories.world import World

pytestmark = pytest.mark.django_db

Receipt = dict[str, Any]


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    """Issued and acknowledged, each in a checkpoint of its own, with others around it."""
    found = issued(world)
    seal()
    issued(world)
    answered(found, actor_for(world.acme, world.office), "AB")
    seal()
    return found


@pytest.fixture
def vendor(world: World) -> Caller:
    return vendor_caller(world.acme)


def told(files: Fetched) -> Receipt:
    return dict(json.loads(jws.extract_compact(files.receipt.encode()).payload))


def verified(files: Fetched) -> list[dict[str, Any]]:
    return list(program().verify(files.receipt, files.keys, files.revisions))


def forged(files: Fetched, change: Callable[[Receipt], object]) -> None:
    """The receipt with a change, signed again with the buyer's own key: the log must object."""
    receipt = told(files)
    change(receipt)
    files.receipt = sign_statement(receipt, key=active_key(AuditKey), kind=RECEIPT_TYPE)


def newest(receipt: Receipt) -> dict[str, Any]:
    return dict(receipt["revisions"][0])


def test_program_reads_a_vendors_receipt(order: PurchaseOrder, vendor: Caller) -> None:
    events = verified(fetched(vendor, order.public_id))

    assert [event["action"] for event in events] == [
        "purchase_order.acknowledged",
        "purchase_order.issued",
    ]


def test_program_reads_a_receipt_with_the_buyers_part(world: World, order: PurchaseOrder) -> None:
    files = fetched(auditor_caller(world), order.public_id)

    assert [event["data"]["revision"] for event in verified(files)] == [4, 3, 2, 1]
    assert {"salt", "document"} == newest(told(files))["event"]["private"].keys()


def test_program_reads_a_receipt_whose_keys_were_rotated_between(
    world: World, order: PurchaseOrder, vendor: Caller
) -> None:
    before = fetched(vendor, order.public_id)
    rotate_audit_key()
    answered(order, actor_for(world.acme, world.office))
    seal()
    after = fetched(vendor, order.public_id)

    assert len(after.keys["keys"]) == 2
    assert len(verified(after)) == 3
    before.keys = after.keys
    assert len(verified(before)) == 2


def test_program_is_run_as_the_guide_says(
    order: PurchaseOrder, vendor: Caller, tmp_path: Path
) -> None:
    files = fetched(vendor, order.public_id)
    (tmp_path / "verify.py").write_text(program_text(), "utf-8")
    (tmp_path / "receipt.jws").write_text(files.receipt + "\n", "utf-8")
    (tmp_path / "keys.json").write_text(json.dumps(files.keys), "utf-8")
    (tmp_path / "revisions.json").write_text(json.dumps({"data": files.revisions}), "utf-8")

    ran = subprocess.run(
        [sys.executable, "verify.py", "receipt.jws", "keys.json", "revisions.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert [line.split()[1] for line in ran.stdout.splitlines()] == [
        "purchase_order.acknowledged",
        "purchase_order.issued",
    ]


def places_of(leaves: list[bytes], wanted: Collection[Place]) -> dict[Place, bytes]:
    """The roots of complete subtrees, by growing the log."""
    frontier = Frontier()
    known = {(0, index): leaf for index, leaf in enumerate(leaves)}
    for leaf in leaves:
        known |= dict(frontier.append(leaf))
    return {place: known[place] for place in wanted}


@conforms("RFC 9162", "2.1.3.2", "The program that partners get climbs from any leaf to the root.")
@pytest.mark.parametrize("size", (1, 2, 3, 4, 7, 8, 9, 21))
def test_program_climbs_from_every_leaf_to_the_root(size: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    climb = program().root
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)

    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(index, size, partial(places_of, leaves))
        path = [part.hex() for part in proof]
        assert climb(leaf, index, size, path) == frontier.root()
        wrong = [(index, [*path, "00" * 32]), (index, ["00" * 32, *path]), (size, path), (-1, path)]
        for place, other in wrong if size == 1 else [*wrong, (index, path[1:])]:
            with pytest.raises(ValueError, match="does not lead"):
                climb(leaf, place, size, other)


def test_program_is_short() -> None:
    assert sum(1 for line in program_text().splitlines() if line.strip()) <= 44


def test_program_refuses_what_is_not_sealed(
    world: World, order: PurchaseOrder, vendor: Caller
) -> None:
    answered(order, actor_for(world.acme, world.office))

    with pytest.raises(ValueError, match="revision 5 is not sealed yet"):
        verified(fetched(vendor, order.public_id))


def test_program_refuses_a_receipt_of_another_signer(order: PurchaseOrder, vendor: Caller) -> None:
    files = fetched(vendor, order.public_id)
    kid = files.keys["keys"][0]["kid"]
    header = {"alg": "ES256", "kid": kid, "typ": RECEIPT_TYPE}
    payload = json.dumps(told(files)).encode()
    files.receipt = jws.serialize_compact(header, payload, ECKey.generate_key("P-256"))

    with pytest.raises(JoseError):
        verified(files)


def test_program_refuses_a_checkpoint_in_a_receipts_place(
    order: PurchaseOrder, vendor: Caller
) -> None:
    files = fetched(vendor, order.public_id)
    files.receipt = newest(told(files))["proof"]["checkpoint"]

    with pytest.raises(ValueError, match="no countersign-receipt"):
        verified(files)


def test_program_refuses_an_altered_letter(order: PurchaseOrder, vendor: Caller) -> None:
    files = fetched(vendor, order.public_id)
    header, payload, signature = files.receipt.split(".")
    other = "A" if payload[40] != "A" else "B"
    files.receipt = f"{header}.{payload[:40]}{other}{payload[41:]}.{signature}"

    with pytest.raises(JoseError):
        verified(files)


TAMPERED: dict[str, tuple[Callable[[Receipt], object], str]] = {
    "another act": (
        lambda receipt: newest(receipt)["event"]["public"].update(action="purchase_order.closed"),
        "not in the log",
    ),
    "another session": (
        lambda receipt: newest(receipt)["event"]["public"].update(session="ses_1"),
        "not in the log",
    ),
    "another scope": (
        lambda receipt: newest(receipt)["event"]["public"]["data"].update(scopes_exercised=["x"]),
        "not in the log",
    ),
    "another place": (
        lambda receipt: newest(receipt)["proof"].update(leaf_index=0),
        "not in the log|does not lead",
    ),
    "no such place": (
        lambda receipt: newest(receipt)["proof"].update(leaf_index=10**6),
        "does not lead",
    ),
    "a longer path": (
        lambda receipt: newest(receipt)["proof"]["path"].extend(["00" * 32] * 64),
        "does not lead",
    ),
    "no path": (
        lambda receipt: newest(receipt)["proof"]["path"].clear(),
        "does not lead",
    ),
    "an older checkpoint": (
        lambda receipt: newest(receipt)["proof"].update(
            checkpoint=receipt["revisions"][1]["proof"]["checkpoint"]
        ),
        "not in the log|does not lead",
    ),
    "another order": (
        lambda receipt: receipt.update(purchase_order="po_1"),
        "another order",
    ),
    "another site": (
        lambda receipt: receipt.update(iss="https://elsewhere.example"),
        "not in the log",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_program_refuses_what_the_log_does_not_hold(
    name: str, order: PurchaseOrder, vendor: Caller
) -> None:
    files = fetched(vendor, order.public_id)
    change, why = TAMPERED[name]
    forged(files, change)

    with pytest.raises(ValueError, match=why):
        verified(files)


def test_program_refuses_another_content(order: PurchaseOrder, vendor: Caller) -> None:
    files = fetched(vendor, order.public_id)
    files.revisions[0]["content"]["lines"][0]["unit_price"] = "4.2600"

    with pytest.raises(ValueError, match="said something else"):
        verified(files)


@pytest.mark.parametrize("part", ("salt", "document"))
def test_program_refuses_another_buyers_part(part: str, world: World, order: PurchaseOrder) -> None:
    files = fetched(auditor_caller(world), order.public_id)
    other = {"salt": "0" * 32, "document": {"actor_id": "usr_other", "private": {}}}
    forged(files, lambda found: newest(found)["event"]["private"].update({part: other[part]}))

    with pytest.raises(ValueError, match="buyer's part"):
        verified(files)


def test_receipt_says_when_and_by_whom_it_was_signed(order: PurchaseOrder, vendor: Caller) -> None:
    receipt = told(fetched(vendor, order.public_id))

    assert receipt["iss"] == settings.PUBLIC_URL
    assert abs(datetime.now(UTC).timestamp() - receipt["iat"]) < 60
