"""An invoice's state table, row by row."""

import pytest

from apps.core.errors import InvalidTransitionError
from apps.procurement.policy.deciding import next_invoice_status
from apps.procurement.states import (
    INVOICE_MOVES,
    INVOICE_TARGETS,
    UNDECIDED,
    VOIDED,
    InvoiceAct,
    InvoiceStatus,
)

# Reference 2c, written out by hand: every allowed row.
ALLOWED = {
    ("received", "compare", "matching"),
    ("matching", "match", "matched"),
    ("matching", "dispute", "exception"),
    ("matched", "compare", "matching"),
    ("matched", "approve", "approved"),
    ("matched", "reject", "rejected"),
    ("matched", "credit_whole", "void"),
    ("exception", "compare", "matching"),
    ("exception", "approve", "approved"),
    ("exception", "reject", "rejected"),
    ("exception", "credit_whole", "void"),
    ("approved", "pay", "paid"),
    ("approved", "credit_whole", "void"),
    ("paid", "credit_whole", "void"),
}


def test_table_has_the_allowed_rows_and_no_other() -> None:
    rows = {
        (str(before), str(act), str(after))
        for before, moves in INVOICE_MOVES.items()
        for act, after in moves.items()
    }

    assert rows == ALLOWED


def test_table_has_a_row_for_every_status_and_a_target_for_every_act() -> None:
    assert set(INVOICE_MOVES) == set(InvoiceStatus)
    assert set(INVOICE_TARGETS) == set(InvoiceAct)


def test_what_is_voided_or_undecided_is_told_by_what_it_can_become() -> None:
    approvable = {status for status, act, _after in ALLOWED if act == "approve"}

    assert approvable < set(UNDECIDED)
    assert all(not INVOICE_MOVES[status] for status in VOIDED)
    assert not UNDECIDED & VOIDED


@pytest.mark.parametrize("status", InvoiceStatus)
@pytest.mark.parametrize("act", InvoiceAct)
def test_act_moves_or_is_refused_with_what_is_allowed(
    status: InvoiceStatus, act: InvoiceAct
) -> None:
    allowed = {(s, a): after for s, a, after in ALLOWED}
    if (status.value, act.value) in allowed:
        assert next_invoice_status(status, act) == allowed[status.value, act.value]
        return

    with pytest.raises(InvalidTransitionError) as refused:
        next_invoice_status(status, act)

    assert refused.value.extra == {
        "from": status.value,
        "to": INVOICE_TARGETS[act].value,
        "allowed": sorted({after for (s, _a), after in allowed.items() if s == status.value}),
    }
