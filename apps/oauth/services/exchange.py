"""What is known of one request to the authorization server while it is answered."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.core.actor import Origin
from apps.oauth.models import Grant, RefreshToken
from apps.oauth.selectors import ClientAtGrant
from apps.oauth.services.codes import CodeRequest, Consent


@dataclass(kw_only=True)
class Exchange:
    """What the request says, where it came from, when, and what was found on the way.

    ``parameters`` are the known ones, each once and none empty; ``path`` is that of the endpoint.
    It is kept apart from the library's request object, whose members a parameter of the same
    name would otherwise fill.
    """

    at: datetime
    origin: Origin = field(default_factory=Origin)
    method: str = "POST"
    path: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    authorization: str = ""
    api_key: str = ""
    dpop_proof: list[str] = field(default_factory=list)
    auth_method: str = ""
    client: ClientAtGrant | None = None
    code: Grant | None = None
    refresh: RefreshToken | None = None
    consent: Consent | None = None
    asked: CodeRequest | None = None
