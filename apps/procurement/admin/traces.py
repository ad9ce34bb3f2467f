"""The trace of an order: each revision with the right it was made by."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from apps.identity.admin.cells import EMPTY, code, codes, stack, tag, to, when
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
    """Of drafts and acts that spend, why the purchase could be."""
    if revision.decision is None:
        return ()
    return document_tables(revision.decision, of=f" for revision {revision.revision}")


def _acting_as(revision: OrderRevision) -> SafeString | str:
    """The id as it was kept, and for a person the address that staff know them by."""
    role, session = revision.role or "without a role", revision.session
    person = session.user if session.user and session.user.public_id == revision.subject else None
    if person is None:
        return f"{revision.subject}, {role}"
    return stack((to(person), role, code(revision.subject)))


def _context(revision: OrderRevision) -> Facts:
    """The authorization context as it was kept, never as the rows it came from are now."""
    session = revision.session
    return (
        ("Client", to(session.client) if session.client else code(revision.client_id)),
        ("Acting as", _acting_as(revision)),
        ("Scope exercised", codes(revision.scopes_exercised)),
        ("Scopes granted", codes(revision.scopes_granted)),
        ("Session", to(session)),
        ("Session was", f"{session.get_kind_display()}, by {session.auth_method}"),
        ("Session granted", when(session.granted_at)),
        ("Session ended", when(session.ended_at)),
        ("Decision", code(revision.decision_id) if revision.decision_id else EMPTY),
        ("Newest policy version", revision.policy_version or EMPTY),
        ("Reason given", revision.reason or EMPTY),
        ("Took effect outside", when(revision.effective_at)),
        ("Network", revision.ip or EMPTY),
        ("Request", code(revision.request_id)),
        ("Content SHA-256", code(revision.content_sha256)),
        ("Token SHA-256", code(revision.access_token_sha256)),
    )
