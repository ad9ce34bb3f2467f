"""Whether something may be ordered, before it is."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, read_body
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.decisions import told_body
from apps.procurement.policy.costs import COST_SCOPE
from apps.procurement.rest.decisions import DecisionBody, QuestionShape, question_of
from apps.procurement.services.questions import ask_decision


class PurchasingDecision(ApiView):
    """Nothing is written, so the request needs no Idempotency-Key and may be sent again."""

    required_scopes: ClassVar = {"POST": ("purchase_orders:create",)}
    optional_scopes: ClassVar = {"POST": (COST_SCOPE,)}
    problem_codes: ClassVar = {
        "POST": ("role-not-permitted", "project-closed", "principal-mismatch")
    }

    @extend_schema(
        request=QuestionShape,
        responses=DecisionBody,
        operation_id="ask_purchasing_decision",
        summary="Ask whether something may be ordered, and why",
    )
    def post(self, request: Request) -> Response:
        question = question_of(read_body(request, QuestionShape))
        actor = actor_of(request)
        purchase, decision = ask_decision(actor=actor, at=self.at, question=question)
        return Response(told_body(purchase, decision, actor))
