"""The row gate, and the trace."""

import dataclasses
from datetime import datetime

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.audit.services import ensure_signing_key, seal_pending, sign_checkpoint
from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.procurement.errors import ProjectClosedError
from apps.procurement.formats.orders import order_body
from apps.procurement.policy.drafts import Answer
from apps.procurement.selectors.acknowledgements import acknowledgement_of
from apps.procurement.selectors.orders import (
    list_orders,
    orders_visible_to,
    visible_order,
)
from apps.procurement.selectors.trace import trace_order
from apps.procurement.services import acknowledge_order
from tests.factories.procurement import (
    ANY_REVISION,
    actor_for,
    drafted,
    issued,
    line_draft,
    order_draft,
)
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db


def numbers(actor: Actor) -> list[str]:
    return [order.number for order in list_orders(actor=actor)]


def test_buyer_sees_every_order_of_its_projects_newest_first(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme)
    draft, sent = drafted(world), issued(world)
    drafted(world, actor_for(world.erp, other), project=other.public_id)

    assert numbers(actor_for(world.erp, world.office)) == [sent.number, draft.number]


def test_vendor_sees_what_was_issued_to_it(world: World) -> None:
    drafted(world)
    mine, theirs = issued(world), issued(world, vendor=world.globex.public_id)

    assert numbers(actor_for(world.acme, world.office)) == [mine.number]
    assert numbers(actor_for(world.globex, world.office)) == [theirs.number]


def test_vendor_without_the_project_sees_nothing(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme)
    issued(world)

    assert numbers(actor_for(world.acme, other)) == []
    assert numbers(actor_for(world.acme)) == []


def test_closed_project_leaves_the_list_and_is_named_for_one_order(world: World) -> None:
    order = drafted(world)
    actor = dataclasses.replace(actor_for(world.erp, world.office), open_projects=frozenset())

    assert list(orders_visible_to(actor)) == []
    with pytest.raises(ProjectClosedError):
        visible_order(actor=actor, order_id=order.public_id)


@pytest.mark.parametrize("count", (1, 3))
def test_list_takes_the_same_queries_however_long(
    world: World, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor = actor_for(world.erp, world.office)
    for _ in range(count):
        drafted(world, lines=tuple(line_draft(line_no=number) for number in range(1, count + 1)))

    with django_assert_num_queries(3):
        bodies = [order_body(order, actor) for order in list_orders(actor=actor)]

    assert len(bodies) == count


def test_one_order_takes_three_queries(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order, actor = drafted(world), actor_for(world.erp, world.office)

    with django_assert_num_queries(3):
        order_body(visible_order(actor=actor, order_id=order.public_id), actor)


def test_answer_is_seen_by_both_sides_of_the_order_only(world: World, at: datetime) -> None:
    order = issued(world)
    found = acknowledge_order(
        actor=actor_for(world.acme, world.office),
        at=at,
        order_id=order.public_id,
        answer=Answer(response="AP"),
        precondition=ANY_REVISION,
    ).public_id

    for party in (world.erp, world.acme):
        seen = visible_order(actor=actor_for(party, world.office), order_id=order.public_id)
        assert acknowledgement_of(seen, found).response == "AP"
    with pytest.raises(NotFoundError):
        visible_order(actor=actor_for(world.globex, world.office), order_id=order.public_id)


@pytest.mark.parametrize("given", ("ack_" + "0" * 26, "nonsense"))
def test_answer_that_does_not_exist_is_not_found(world: World, given: str) -> None:
    with pytest.raises(NotFoundError):
        acknowledgement_of(issued(world), given)


def test_trace_names_each_revisions_context_and_has_no_proof_before_the_seal(
    world: World,
) -> None:
    order = issued(world)

    traced = trace_order(order.number)

    assert [(t.revision.revision, t.revision.act, t.proof) for t in traced] == [
        (1, "create", None),
        (2, "submit", None),
        (3, "issue", None),
    ]
    assert traced[0].revision.session == order.created_by_session


def test_trace_proves_each_revision_once_sealed(world: World, at: datetime) -> None:
    order = issued(world)
    ensure_signing_key(at=at)
    seal_pending()
    sign_checkpoint(at=at)

    proofs = [traced.proof for traced in trace_order(order.number)]

    assert all(proof is not None for proof in proofs)
    sequences = [proof.sequence for proof in proofs if proof]
    assert sequences == sorted(set(sequences))


def test_trace_of_an_unknown_number_is_refused(world: World) -> None:
    order_draft(world)

    with pytest.raises(NotFoundError):
        trace_order("PO-1999-000001")
