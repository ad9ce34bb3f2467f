"""Refusals that only procurement knows."""

from dataclasses import dataclass

from apps.core.errors import DomainError


@dataclass(eq=False)
class ProjectClosedError(DomainError):
    code: str = "project-closed"
    title: str = "The project is closed"
    status: int = 403


@dataclass(eq=False)
class TotalsMismatchError(DomainError):
    code: str = "totals-mismatch"
    title: str = "The totals do not follow from the lines"
    status: int = 422
