"""What a 401 or 403 says in `WWW-Authenticate`."""

from django.conf import settings
from rest_framework.request import Request

from apps.oauth.policy.dpop import ALGORITHMS

REALM = "countersign"
BEARER, DPOP = "Bearer", "DPoP"


def challenge(scheme: str = BEARER, /, **parameters: str) -> str:
    """A challenge of this scheme (RFC 6750 section 3, RFC 9449 section 7.1) that says where the
    metadata is (RFC 9728 section 5.1).
    """
    metadata = f"{settings.PUBLIC_URL}/.well-known/oauth-protected-resource/api/v1"
    algorithms = {"algs": " ".join(ALGORITHMS)} if scheme == DPOP else {}
    members = {"realm": REALM, **parameters, **algorithms, "resource_metadata": metadata}
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in members.items())


def either(scheme: str = BEARER, /, **parameters: str) -> str:
    """Both challenges, where either would do. That of the scheme which was used stands first and
    alone tells what was wrong (RFC 9449 section 7.2).
    """
    other = BEARER if scheme == DPOP else DPOP
    return f"{challenge(scheme, **parameters)}, {challenge(other)}"


def put_challenge(request: Request, text: str) -> None:
    """Remember what the coming 401 is to say."""
    request.challenge = text  # type: ignore[attr-defined]  # ours, read by challenge_of


def challenge_of(request: Request) -> str:
    """What was put there; without credentials no error is named (RFC 6750 section 3.1)."""
    return getattr(request, "challenge", "") or either()
