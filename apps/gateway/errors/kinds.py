"""What a problem type is made of (RFC 9457)."""

from dataclasses import dataclass

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A problem type: its page is /problems/<code>."""

    code: str
    status: int
    title: str
    explanation: str
