"""The Merkle log over HTTP: roots and proofs for everybody, and whose events may be asked for."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.audit.jose import CHECKPOINT_TYPE, read_statement
from apps.audit.merkle import verify_consistency, verify_inclusion
from apps.audit.models import AuditKey, Checkpoint, Event, Leaf
from apps.core.keys import published_keys
from apps.procurement.models import OrderRevision, RevisionAct
from tests.factories.audit import events, signed_log
from tests.factories.gateway import Caller, problem
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import buyer_caller, issued, vendor_caller
from tests.factories.receipts import seal
from tests.factories.world import World

pytestmark = pytest.mark.django_db
LOG = "/api/v1/audit-log"
CHECKPOINTS, INCLUSION = f"{LOG}/checkpoints", f"{LOG}/inclusion-proofs"
CONSISTENCY = f"{LOG}/consistency-proofs"


@pytest.fixture
def caller(world: World) -> Caller:
    """Whatever its scopes."""
    return Caller(access_token(machine(partner=world.acme, scopes=["vendors:read"])))


@pytest.fixture
def sizes(caller: Caller) -> list[int]:
    """The log was signed three times, after the caller's own events."""
    del caller
    signed_log(3, 1, 9)
    return sorted(Checkpoint.objects.values_list("tree_size", flat=True))


def good(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def signed(checkpoint: str) -> dict[str, Any]:
    keys = {key.kid: key for key in published_keys(AuditKey)}
    return read_statement(checkpoint, keys=keys, kind=CHECKPOINT_TYPE)


def unhex(parts: list[str]) -> list[bytes]:
    return [bytes.fromhex(part) for part in parts]


def test_checkpoints_are_listed_newest_first_and_paged(caller: Caller, sizes: list[int]) -> None:
    first = good(caller.get(CHECKPOINTS, limit="2"))
    second = good(caller.get(CHECKPOINTS, limit="2", cursor=first["page"]["next"]))

    found = [row["tree_size"] for row in first["data"] + second["data"]]
    assert found == sizes[::-1]


def test_checkpoints_are_filtered_and_sorted(caller: Caller, sizes: list[int]) -> None:
    def found(**query: str) -> list[int]:
        return [row["tree_size"] for row in good(caller.get(CHECKPOINTS, **query))["data"]]

    assert found(**{"filter[tree_size]": f"{sizes[0]},{sizes[2]}"}) == [sizes[2], sizes[0]]
    assert found(**{"filter[tree_size][gt]": str(sizes[1])}) == [sizes[2]]
    assert found(**{"filter[at][gte]": "2999-01-01T00:00:00Z"}) == []
    assert found(sort="tree_size") == sizes
    beyond = caller.get(CHECKPOINTS, **{"filter[tree_size]": "9" * 30})
    assert problem(beyond) == (400, "malformed-request")


def test_checkpoint_of_a_size_and_the_latest(caller: Caller, sizes: list[int]) -> None:
    row = Checkpoint.objects.get(tree_size=sizes[1])

    one, latest = caller.get(f"{CHECKPOINTS}/{sizes[1]}"), caller.get(f"{CHECKPOINTS}/latest")

    assert good(one) == {
        "tree_size": sizes[1],
        "root_hash": bytes(row.root_hash).hex(),
        "at": row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "checkpoint": row.signature,
        "links": {
            "self": f"{CHECKPOINTS}/{sizes[1]}",
            "keys": "https://buyer.example/.well-known/countersign-keys",
        },
    }
    assert signed(row.signature)["root_hash"] == one.json()["root_hash"]
    assert good(latest)["tree_size"] == sizes[-1]
    assert latest["ETag"] == f'"checkpoint.{sizes[-1]}"'


def test_checkpoint_is_not_sent_to_who_has_it(caller: Caller, sizes: list[int]) -> None:
    path = f"{CHECKPOINTS}/latest"
    headers = {**caller.credentials("GET", path), "If-None-Match": f'"checkpoint.{sizes[-1]}"'}

    assert Browser().get(path, headers=headers).status_code == 304


@pytest.mark.parametrize("size", ("0", "999999", "-1", "newest", "9" * 40, "9" * 18))
def test_checkpoint_of_another_size_is_not_there(
    size: str, caller: Caller, sizes: list[int]
) -> None:
    del sizes

    assert problem(caller.get(f"{CHECKPOINTS}/{size}")) == (404, "not-found")


def test_latest_checkpoint_of_an_unsigned_log_is_not_there(caller: Caller) -> None:
    assert problem(caller.get(f"{CHECKPOINTS}/latest")) == (404, "not-found")


def test_every_place_is_proved(caller: Caller, sizes: list[int]) -> None:
    for index in range(sizes[-1]):
        proof = good(caller.get(INCLUSION, index=str(index)))
        log = signed(proof["checkpoint"])
        assert proof["leaf_index"] == index
        assert proof["tree_size"] == next(size for size in sizes if size > index)
        assert verify_inclusion(
            leaf=bytes.fromhex(proof["leaf_hash"]),
            index=index,
            size=log["tree_size"],
            path=unhex(proof["path"]),
            root=bytes.fromhex(log["root_hash"]),
        )


def test_place_is_proved_in_a_later_checkpoint_too(caller: Caller, sizes: list[int]) -> None:
    proof = good(caller.get(INCLUSION, index="0", tree_size=str(sizes[-1])))

    log = signed(proof["checkpoint"])
    assert (proof["tree_size"], log["tree_size"]) == (sizes[-1], sizes[-1])
    assert verify_inclusion(
        leaf=bytes.fromhex(proof["leaf_hash"]),
        index=0,
        size=sizes[-1],
        path=unhex(proof["path"]),
        root=bytes.fromhex(log["root_hash"]),
    )


def test_place_that_is_not_covered_has_no_proof(caller: Caller, sizes: list[int]) -> None:
    beyond = {"index": str(sizes[-1])}
    earlier = {"index": str(sizes[0]), "tree_size": str(sizes[0])}
    unsigned = {"index": "0", "tree_size": str(sizes[0] + 2)}

    for query in (beyond, earlier, unsigned):
        assert problem(caller.get(INCLUSION, **query)) == (404, "not-found")


@pytest.mark.parametrize(
    "query",
    (
        {}, {"index": "1", "event": "evt_1"}, {"index": "x"}, {"index": "-1"},
        {"index": "0", "tree_size": "1e3"},
    ),
)  # fmt: skip
def test_proof_of_nothing_in_particular_is_refused(query: dict[str, str], caller: Caller) -> None:
    assert problem(caller.get(INCLUSION, **query)) == (400, "malformed-request")


def test_buyer_has_any_event_proved(world: World) -> None:
    issued(world)
    seal()
    erp = buyer_caller(world)

    for leaf in Leaf.objects.select_related("event"):
        proof = good(erp.get(INCLUSION, event=leaf.event.public_id))
        assert proof["leaf_index"] == leaf.sequence


def test_vendor_has_its_own_orders_events_proved_from_the_issue_on(world: World) -> None:
    order = issued(world)
    seal()
    acme, globex = vendor_caller(world.acme), vendor_caller(world.globex)
    by_act = {row.act: row.event for row in OrderRevision.objects.filter(order=order)}

    issue, draft = by_act[RevisionAct.ISSUE], by_act[RevisionAct.CREATE]

    assert good(acme.get(INCLUSION, event=issue.public_id))["leaf_index"] == issue.leaf.sequence
    assert problem(acme.get(INCLUSION, event=draft.public_id)) == (404, "not-found")
    assert problem(globex.get(INCLUSION, event=issue.public_id)) == (404, "not-found")


def test_vendor_has_proved_what_its_own_company_did(world: World) -> None:
    acme, globex = vendor_caller(world.acme), vendor_caller(world.globex)
    seal()
    own = Event.objects.filter(action="token.issued", partner_id=world.acme.pk).get()

    assert good(acme.get(INCLUSION, event=own.public_id))["leaf_index"] == own.leaf.sequence
    assert problem(globex.get(INCLUSION, event=own.public_id)) == (404, "not-found")


@pytest.mark.parametrize("event", ("evt_1", "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "", "evt_" + "Z" * 26))
def test_event_that_does_not_exist_has_no_proof(event: str, caller: Caller) -> None:
    assert problem(caller.get(INCLUSION, event=event)) == (404, "not-found")


def test_event_that_waits_for_its_seal_has_no_proof(world: World) -> None:
    (waiting,) = events(1)

    answer = buyer_caller(world).get(INCLUSION, event=waiting.public_id)

    assert problem(answer) == (404, "not-found")


def test_each_log_begins_with_the_one_before(caller: Caller, sizes: list[int]) -> None:
    for first in sizes:
        for second in (size for size in sizes if size >= first):
            found = good(caller.get(CONSISTENCY, first=str(first), second=str(second)))
            old, new = signed(found["first_checkpoint"]), signed(found["second_checkpoint"])
            assert (old["tree_size"], new["tree_size"]) == (first, second)
            assert verify_consistency(
                old=first,
                new=second,
                old_root=bytes.fromhex(old["root_hash"]),
                new_root=bytes.fromhex(new["root_hash"]),
                path=unhex(found["path"]),
            )


def test_consistency_of_sizes_that_were_not_signed_is_not_there(
    caller: Caller, sizes: list[int]
) -> None:
    for first, second in ((0, sizes[0]), (sizes[0], sizes[-1] + 1)):
        answer = caller.get(CONSISTENCY, first=str(first), second=str(second))
        assert problem(answer) == (404, "not-found")


@pytest.mark.parametrize(
    "query", ({}, {"first": "1"}, {"second": "1"}, {"first": "2", "second": "1"})
)
def test_consistency_between_nothing_is_refused(query: dict[str, str], caller: Caller) -> None:
    assert problem(caller.get(CONSISTENCY, **query)) == (400, "malformed-request")


def test_log_is_for_callers_only(sizes: list[int]) -> None:
    del sizes
    for path in (CHECKPOINTS, f"{CHECKPOINTS}/latest", INCLUSION, CONSISTENCY):
        assert problem(Browser().get(path)) == (401, "token-missing")


def test_list_of_checkpoints_costs_the_same_however_many(caller: Caller) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            good(caller.get(CHECKPOINTS))
        return len(captured)

    signed_log(1)
    statements()  # Keys are remembered from now on.
    one = statements()
    signed_log(1, 1)

    assert (one, statements()) == (2, 2)


@pytest.mark.parametrize("size", (2, 300))
def test_proof_reads_a_few_rows_however_long_the_log(size: int, caller: Caller) -> None:
    signed_log(size)
    last = str(Leaf.objects.count() - 1)

    with CaptureQueriesContext(connection) as captured:
        good(caller.get(INCLUSION, index=last))

    assert len(captured) <= 7
