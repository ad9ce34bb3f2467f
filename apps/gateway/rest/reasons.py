"""Why restricted data are read: said in the query, kept in the trail (reference 3a)."""

from rest_framework.request import Request

from apps.gateway.errors import MalformedRequestError
from apps.gateway.rest.parameters import Parameter

MAX_REASON = 300
READ_REASON = Parameter(
    "Why what is restricted is read; it stays in the trail, for the buyer's side.",
    {"type": "string", "minLength": 1, "maxLength": MAX_REASON},
)


def read_reason(request: Request) -> str:
    """Empty where none is said. Raises MalformedRequestError."""
    given = request.query_params.get("reason")
    if given is None:
        return ""
    reason = given.strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise MalformedRequestError(f"reason takes a text of at most {MAX_REASON} characters.")
    return reason
