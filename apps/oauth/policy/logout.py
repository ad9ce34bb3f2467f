"""What a request to sign out says, and where it may lead (OpenID Connect RP-Initiated Logout 1.0
section 2).
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from apps.oauth.models import Client
from apps.oauth.policy.requests import MAX_VALUE_CHARACTERS, MalformedRequestError, Parameters

# `logout_hint` and `ui_locales` may be sent and change nothing: there is one person in a browser
# and the pages are in English.
LOGOUT_PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True, kw_only=True)
class LogoutRequest:
    """Its parameters; one that is empty was left out."""

    id_token_hint: str = ""
    client_id: str = ""
    post_logout_redirect_uri: str = ""
    state: str = ""

    @property
    def pairs(self) -> Parameters:
        said = [(name, str(getattr(self, name))) for name in LOGOUT_PARAMETERS]
        return [(name, value) for name, value in said if value]


def read_logout(pairs: Parameters) -> LogoutRequest:
    """Known parameters, each once. Raises MalformedRequestError."""
    known = [(name, value) for name, value in pairs if name in LOGOUT_PARAMETERS and value]
    if len(dict(known)) != len(known):
        raise MalformedRequestError("A parameter is given more than once.")
    for name, value in known:
        if "\x00" in value or len(value) > MAX_VALUE_CHARACTERS:
            raise MalformedRequestError(f"The parameter {name} cannot be read.")
    return LogoutRequest(**dict(known))


def may_lead_to(client: Client, uri: str) -> bool:
    """Section 3: exactly a registered address."""
    return uri in client.post_logout_redirect_uris.split()


def way_back(uri: str, state: str) -> str:
    """The address with the client's own `state` in its query, which is kept as registered."""
    if not uri or not state:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"
