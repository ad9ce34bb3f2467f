"""Batches: up to a hundred items of one type in one request."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.problems import Problem, problem_document
from apps.gateway.rest import actor_of, read_body, repeatable
from apps.gateway.rest.batches import (
    Call,
    caller_of,
    perform,
    perform_all_or_none,
    refused,
    view_at,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import claim_key, is_denial, record_denial
from apps.procurement.rest.batches import BatchBody, BatchShape, address_of, calls_of

UNDONE = "batch-undone"


class Batch(ApiView):
    """Its scopes are those of all types; what one batch needs is what its type's address does."""

    required_scopes: ClassVar = {
        "POST": (
            "purchase_orders:create",
            "purchase_orders:issue",
            "purchase_orders:cancel",
            "purchase_orders:acknowledge",
            "shipments:write",
            "receipts:write",
            "invoices:submit",
        )
    }
    scopes_are_alternatives = True
    repeatable = True
    said: dict[str, Any]

    def check_permissions(self, request: Request) -> None:
        """The body is read once it is known who sends it."""
        actor_of(request)
        if request.method != "POST":
            super().check_permissions(request)
            return
        self.said = read_body(request, BatchShape)
        target = view_at(address_of(self.said["type"]))()
        for permission in self.get_permissions():
            if not permission.has_permission(request, target):
                self.permission_denied(request)

    @extend_schema(
        request=BatchShape,
        responses=BatchBody,
        operation_id="run_batch",
        summary="Do the same to many",
    )
    def post(self, request: Request) -> Response:
        """The batch's key stands for its content; what was done already is known by items' keys.
        One that goes on where it stopped is no replay.
        """
        replayed = claim_key(request=repeatable(request), at=self.at)
        calls = calls_of(self.said)
        told = self._told(request, calls)
        response = Response(told)
        if replayed and all(item["replayed"] for item in told["items"]):
            response["Idempotency-Replayed"] = "true"
        return response

    def _told(self, request: Request, calls: Sequence[Call]) -> dict[str, Any]:
        if self.said["atomic"]:
            items = self._together(request, calls)
        else:
            items = [_item(call, perform(request, call)) for call in calls]
        done = sum("body" in item for item in items)
        return {
            "type": self.said["type"],
            "atomic": self.said["atomic"],
            "done": done,
            "items": items,
        }

    def _together(self, request: Request, calls: Sequence[Call]) -> list[dict[str, Any]]:
        answers = perform_all_or_none(request, calls)
        if not refused(answers[-1]):
            return [_item(*pair) for pair in zip(calls, answers, strict=True)]
        place, refusal = len(answers) - 1, answers[-1]
        self._keep_denial(calls[place], refusal)
        undone = problem_document(Problem.of_kind(UNDONE), request)
        items = [_answer(call, undone["status"], problem=undone) for call in calls]
        items[place] = _item(calls[place], refusal)
        return items

    def _keep_denial(self, call: Call, refusal: Response) -> None:
        """What was rolled back held the trail's event too."""
        private = getattr(refusal, "private", {})
        if is_denial(code=refusal.data["code"], status=refusal.status_code) or private:
            record_denial(
                actor=caller_of(refusal),
                at=self.at,
                code=refusal.data["code"],
                status=refusal.status_code,
                method="POST",
                path=call.path,
                private=private,
            )


def _item(call: Call, answer: Response) -> dict[str, Any]:
    replayed = answer.get("Idempotency-Replayed") == "true"
    if refused(answer):
        return _answer(call, answer.status_code, replayed=replayed, problem=answer.data)
    headers = {
        name.lower(): answer[name] for name in ("ETag", "Location") if answer.has_header(name)
    }
    return _answer(call, answer.status_code, replayed=replayed, **headers, body=answer.data)


def _answer(call: Call, status: int, *, replayed: bool = False, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    return {"key": call.key, "status": status, "replayed": replayed, **rest}
