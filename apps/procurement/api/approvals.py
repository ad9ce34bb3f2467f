"""The approvals of a purchase order."""

from functools import partial
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, list_response
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.approvals import approval_body, expected_bodies
from apps.procurement.policy.approvals import knows_approvers
from apps.procurement.policy.costs import COST_SCOPE
from apps.procurement.policy.parties import require_buyers_side
from apps.procurement.rest.approvals import APPROVALS, ApprovalListBody
from apps.procurement.selectors.approvals import approval_steps
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services.expected_approvals import expected_in


class ApprovalList(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    optional_scopes: ClassVar = {"GET": (COST_SCOPE,)}
    listing = APPROVALS
    problem_codes: ClassVar = {"GET": ("role-not-permitted",)}

    @extend_schema(
        responses=ApprovalListBody,
        operation_id="list_purchase_order_approvals",
        summary="List the approvals that an order was submitted for, and who is still needed",
    )
    def get(self, request: Request, order_id: str) -> Response:
        actor = actor_of(request)
        order = visible_order(actor=actor, order_id=order_id, parts=False)
        require_buyers_side(actor)
        persons = knows_approvers(actor)
        body = partial(approval_body, order_id=order.public_id, persons=persons)
        answer = list_response(request, self.listing, approval_steps(order), body)
        expected = expected_in(order, at=self.at)
        answer.data["expected"] = [
            told for one in expected for told in expected_bodies(one, order.public_id)
        ]
        return answer
