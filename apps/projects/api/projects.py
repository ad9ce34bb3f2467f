"""Projects the caller takes part in, and who else does."""

from functools import partial
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, detail_response, list_response
from apps.gateway.rest.views import ApiView
from apps.projects.formats.projects import BUDGET_SCOPE, member_body, project_body
from apps.projects.rest.projects import (
    MEMBERS,
    ONE_PROJECT,
    PROJECTS,
    ProjectBody,
    ProjectListBody,
    ProjectMemberListBody,
)
from apps.projects.selectors.visible import (
    members_visible_to,
    projects_visible_to,
    visible_project,
)


class ProjectList(ApiView):
    required_scopes: ClassVar = {"GET": ("projects:read",)}
    optional_scopes: ClassVar = {"GET": (BUDGET_SCOPE,)}
    listing = PROJECTS

    @extend_schema(
        responses=ProjectListBody,
        operation_id="list_projects",
        summary="List the projects that are open to you",
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        render = partial(project_body, actor=actor)
        return list_response(request, self.listing, projects_visible_to(actor), render)


class ProjectDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("projects:read",)}
    optional_scopes: ClassVar = {"GET": (BUDGET_SCOPE,)}
    fieldset = ONE_PROJECT

    @extend_schema(
        responses=ProjectBody, operation_id="get_project", summary="Read one of your projects"
    )
    def get(self, request: Request, project_id: str) -> Response:
        actor = actor_of(request)
        project = visible_project(actor=actor, project_id=project_id)
        render = partial(project_body, actor=actor)
        return detail_response(request, self.fieldset, project, render)


class ProjectMemberList(ApiView):
    required_scopes: ClassVar = {"GET": ("projects:read",)}
    listing = MEMBERS

    @extend_schema(
        responses=ProjectMemberListBody,
        operation_id="list_project_members",
        summary="List who takes part in a project; a vendor sees itself",
    )
    def get(self, request: Request, project_id: str) -> Response:
        actor = actor_of(request)
        project = visible_project(actor=actor, project_id=project_id)
        render = partial(member_body, project=project)
        return list_response(request, self.listing, members_visible_to(actor, project), render)
