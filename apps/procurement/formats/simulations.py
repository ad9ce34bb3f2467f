"""A simulation, as JSON and for people who read it at night."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from apps.core.ids import encode_id
from apps.core.money import written
from apps.identity.models import User
from apps.oauth.models import TokenSession
from apps.procurement.formats.decisions import answer_body
from apps.procurement.services.simulating import Simulation

VERDICTS = {
    "allowed": "ALLOWED",
    "pending_approval": "NEEDS APPROVAL",
    "denied": "DENIED",
}
OPEN = {
    "categories": "no category was named, so none was checked",
    "vendor": "no vendor was named, so neither vendors nor split orders were checked",
    "ship_to": "no place was named, so none was checked",
    "contract_ref": "no contract was named, so it was not checked whether one must be",
}


def simulation_body(found: Simulation) -> dict[str, Any]:
    """The API's answer, and whom it is about."""
    actor = found.caller.actor
    return {
        **answer_body(found.purchase, found.decision),
        "caller": {
            "client": actor.client_id or None,
            "person": actor.user_id and encode_id(User.id_prefix, actor.user_id),
            "session": actor.session_id and encode_id(TokenSession.id_prefix, actor.session_id),
            "role": actor.role,
        },
        "project": {"id": found.project.public_id, "number": found.project.number},
    }


def readable_simulation(body: dict[str, Any]) -> Iterator[str]:
    """The verdict first, then what was looked at, what denies before what does not."""
    asked, caller = body["asked"], body["caller"]
    who = caller["session"] or " by ".join(filter(None, (caller["person"], caller["client"])))
    what = written(Decimal(asked["amount"]), asked["currency"])
    verdict = VERDICTS[body["decision"]]
    because = f" ({body['code']})" if body["code"] else ""
    yield f"{verdict}{because}: {who} orders {what} in {body['project']['number']}"
    for reason in sorted(body["reasons"], key=lambda one: not one["denies"]):
        yield f"  {_mark(reason)}  {reason['detail']}{_source(reason['source'])}"
    if not body["reasons"]:
        yield "  ok  no rule says anything about it"
    for step in body["approvals"]:
        yield f"  approval {step['sequence']}: {step['min_approvers']} x {step['approver_role']}"
    for name in body["left_open"]:
        yield f"  note: {OPEN[name]}"


def _mark(reason: dict[str, Any]) -> str:
    if reason["denies"]:
        return "NO"
    return "ok" if reason["code"] == "within-limit" else "?!"


def _source(source: dict[str, Any] | None) -> str:
    if source is None:
        return ""
    version = f" version {source['version']}" if source["version"] else ""
    return f" [{source['kind'].replace('_', ' ')} {source['id']}{version}]"
