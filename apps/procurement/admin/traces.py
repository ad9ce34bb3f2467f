"""The trace of an order: each revision with the right it was made by."""

from collections.abc import Sequence

from apps.identity.admin.cells import EMPTY, code, codes, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.procurement.admin.decisions import document_tables
from apps.procurement.models import OrderRevision
from apps.procurement.selectors.trace import TracedRevision


def step_of(row: TracedRevision) -> dict[str, object]:
    revision = row.revision
    return {
        "number": revision.revision,
        "act": revision.get_act_display(),
        "state": tag(revision.status),
        "at": when(revision.at),
        "facts": _context(revision),
        "event": to(revision.event),
        "proof": row.proof,
        "tables": _why(revision),
    }


def _why(revision: OrderRevision) -> Sequence[Table]:
    """Of acts that spend, why the purchase could be."""
    if revision.decision is None:
        return ()
    return document_tables(revision.decision, of=f" for revision {revision.revision}")


def _context(revision: OrderRevision) -> Facts:
    """The authorization context as it was kept, never as the rows it came from are now."""
    session = revision.session
    return (
        ("Client", to(session.client) if session.client else code(revision.client_id)),
        ("Acting as", f"{revision.subject}, {revision.role or 'without a role'}"),
        ("Scope exercised", codes(revision.scopes_exercised)),
        ("Scopes granted", codes(revision.scopes_granted)),
        ("Session", to(session)),
        ("Session was", f"{session.get_kind_display()}, by {session.auth_method}"),
        ("Session granted", when(session.granted_at)),
        ("Session ended", when(session.ended_at)),
        ("Newest policy version", revision.policy_version or EMPTY),
        ("Reason given", revision.reason or EMPTY),
        ("Network", revision.ip or EMPTY),
        ("Request", code(revision.request_id)),
        ("Content SHA-256", code(revision.content_sha256)),
        ("Token SHA-256", code(revision.access_token_sha256)),
    )
