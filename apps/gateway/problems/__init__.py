"""Refusals as application/problem+json (RFC 9457): one form, one place."""

from apps.gateway.problems.documents import Problem, problem_document
from apps.gateway.problems.handler import problem_response

__all__ = ["Problem", "problem_document", "problem_response"]
