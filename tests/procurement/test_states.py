"""An order's state table, row by row."""

import pytest

from apps.core.errors import InvalidTransitionError
from apps.procurement.policy.parties import next_status
from apps.procurement.states import MOVES, RESPONSE_ACTS, TARGETS, OrderAct, OrderStatus, Response

# Spec 4 no. 12, written out by hand: every allowed row.
ALLOWED = {
    ("draft", "submit", "approved"),
    ("draft", "submit_for_approval", "pending_approval"),
    ("draft", "cancel", "cancelled"),
    ("pending_approval", "approve", "approved"),
    ("pending_approval", "approve_in_part", "pending_approval"),
    ("pending_approval", "reject", "draft"),
    ("pending_approval", "cancel", "cancelled"),
    ("approved", "issue", "issued"),
    ("approved", "cancel", "cancelled"),
    ("issued", "receive", "issued"),
    ("issued", "accept", "acknowledged"),
    ("issued", "accept_with_change", "change_requested"),
    ("issued", "decline", "declined"),
    ("issued", "cancel", "cancelled"),
    ("issued", "close", "closed"),
    ("acknowledged", "cancel", "cancelled"),
    ("acknowledged", "close", "closed"),
    ("change_requested", "accept_change", "acknowledged"),
    ("change_requested", "refuse_change", "issued"),
    ("change_requested", "withdraw_change", "issued"),
    ("change_requested", "cancel", "cancelled"),
    ("declined", "reissue", "issued"),
    ("declined", "cancel", "cancelled"),
}


def test_table_has_the_allowed_rows_and_no_other() -> None:
    rows = {
        (str(before), str(act), str(after))
        for before, moves in MOVES.items()
        for act, after in moves.items()
    }

    assert rows == ALLOWED


def test_table_has_a_row_for_every_status_and_a_target_for_every_act() -> None:
    assert set(MOVES) == set(OrderStatus)
    assert set(TARGETS) == set(OrderAct)


def test_every_act_has_one_target_only() -> None:
    assert len({(act, after) for _before, act, after in ALLOWED}) == len(OrderAct)


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("act", OrderAct)
def test_act_moves_or_is_refused_with_what_is_allowed(status: OrderStatus, act: OrderAct) -> None:
    allowed = {(s, a): after for s, a, after in ALLOWED}
    if (status.value, act.value) in allowed:
        assert next_status(status, act) == allowed[status.value, act.value]
        return

    with pytest.raises(InvalidTransitionError) as refused:
        next_status(status, act)

    assert refused.value.status == 409
    assert refused.value.extra == {
        "from": status.value,
        "to": TARGETS[act].value,
        "allowed": sorted({after for (s, _a), after in allowed.items() if s == status.value}),
    }


def test_vendors_answers_lead_where_the_table_says() -> None:
    reached = {
        response.value: MOVES[OrderStatus.ISSUED][RESPONSE_ACTS[response]].value
        for response in Response
    }

    assert reached == {
        "AB": "issued",
        "AP": "acknowledged",
        "CA": "change_requested",
        "RE": "declined",
    }
