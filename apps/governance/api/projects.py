"""Closing a project: the act that ends access in it, the caller's own too."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    actor_of,
    mark_answer,
    precondition_of,
    read_body,
    repeatable,
    resource_response,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import answer_once
from apps.governance.rest.closings import CloseShape
from apps.governance.services.closing import begin_closing, carry_on
from apps.governance.services.closing_rows import BATCH
from apps.governance.services.stopwatch import Stopwatch
from apps.oauth.policy.step_up import RESTRICTED
from apps.projects.formats.projects import BUDGET_SCOPE, project_body
from apps.projects.rest.projects import ProjectBody
from apps.projects.selectors.visible import visible_project


class ProjectClose(ApiView):
    """People show a second factor: every token of the project ends with this."""

    required_scopes: ClassVar = {"POST": ("projects:close",)}
    optional_scopes: ClassVar = {"POST": (BUDGET_SCOPE,)}
    step_up: ClassVar = {"POST": RESTRICTED}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": ("invalid-transition", "project-has-blockers")}

    @extend_schema(
        request=CloseShape,
        responses=ProjectBody,
        operation_id="close_project",
        summary="Close a project, or let it wind down",
    )
    def post(self, request: Request, project_id: str) -> Response:
        actor, watch = actor_of(request), Stopwatch(self.at)
        told = _told(read_body(request, CloseShape))
        answer = answer_once(
            request=repeatable(request),
            at=self.at,
            status=200,
            work=lambda: begin_closing(
                actor=actor,
                at=self.at,
                project=visible_project(actor=actor, project_id=project_id),
                precondition=precondition_of(request),
                **told,
            ),
            gate=lambda: visible_project(actor=actor, project_id=project_id),
        )
        if answer.resource is not None:
            carry_on(closing=answer.resource, by=actor, watch=watch, most_rows=BATCH)
            project = answer.resource.project
        else:
            project = visible_project(actor=actor, project_id=project_id)
        body = project_body(project, actor=actor)
        return mark_answer(resource_response(project, body, revision=project.revision), answer)


def _told(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "reason": said["reason"],
        "wind_down_days": said.get("wind_down_days", 0),
        "blockers_acknowledged": said.get("acknowledge_blockers", False),
    }
