"""What became of a traced order, in one line."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

Traced = dict[str, Any]
# As it is told, by the act of a revision.
DONE = {
    "create": "drafted",
    "submit": "submitted",
    "approve": "approved",
    "reject": "rejected",
    "issue": "issued",
    "cancel": "cancelled",
    "close": "closed",
}


def summaries(traced: Iterable[Traced]) -> Iterator[str]:
    """One line for each order: `PO-2026-000001 is issued: submitted by ann@nordwind.example,
    approved by ...; 4 revisions, all proved`. Wants revisions by order, oldest first.
    """
    for _order, revisions in groupby(traced, key=lambda one: one["order"]):
        yield _summary(list(revisions))


def _summary(revisions: list[Traced]) -> str:
    newest = revisions[-1]
    acts = dict.fromkeys(
        f"{DONE[one['act']]} by {_who(one)}" for one in revisions if one["act"] in DONE
    )
    status = newest["status"].replace("_", " ")
    return f"{newest['number']} is {status}: {', '.join(acts)}; {_proved(revisions)}"


def _who(revision: Traced) -> str:
    session = revision["session"]
    client = session["client"] or session["client_id"]
    if session["subject"] and client:
        return f"{session['subject']} with {client}"
    return str(session["subject"] or client or revision["subject"])


def _proved(revisions: list[Traced]) -> str:
    proved = sum(one["proof"] is not None for one in revisions)
    of_them = "1 revision" if len(revisions) == 1 else f"{len(revisions)} revisions"
    if proved == len(revisions):
        return f"{of_them}, all proved"
    return f"{of_them}, {proved} proved, the others not signed yet"
