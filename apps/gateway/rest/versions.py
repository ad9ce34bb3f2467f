"""Which version of the API is meant (reference 4f): the path says so."""

from django.http import HttpRequest

from apps.gateway.errors import MalformedRequestError

VERSION = "1"
VERSIONED = f"/api/v{VERSION}/"


def is_versioned(request: HttpRequest) -> bool:
    return request.path_info.startswith(VERSIONED)


def require_our_version(said: str) -> None:
    """``said`` is the header Api-Version; one that names another version contradicts the path.
    Raises MalformedRequestError.
    """
    if said.strip().lower() not in {"", VERSION, f"v{VERSION}"}:
        raise MalformedRequestError(
            f"Api-Version names another version; what is below {VERSIONED} is version {VERSION}."
        )
