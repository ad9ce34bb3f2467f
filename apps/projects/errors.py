"""Refusals that projects know."""

from dataclasses import dataclass

from apps.core.errors import DomainError


@dataclass(eq=False)
class ProjectHasBlockersError(DomainError):
    code: str = "project-has-blockers"
    title: str = "Something is not settled in the project"
    status: int = 409


@dataclass(eq=False)
class ProjectClosedError(DomainError):
    code: str = "project-closed"
    title: str = "The project is closed"
    status: int = 403
