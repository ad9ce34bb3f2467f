"""What is known of one request to the authorization server while it is answered."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.core.actor import Origin
from apps.oauth.models import Grant, RefreshToken
from apps.oauth.selectors import ClientAtGrant
from apps.oauth.services.codes import Consent


@dataclass(kw_only=True)
class Exchange:
    """Where the request came from, when, and what was found on the way.

    It is kept apart from the library's request object, whose members a parameter of the same
    name would otherwise fill.
    """

    at: datetime
    origin: Origin = field(default_factory=Origin)
    auth_method: str = ""
    client: ClientAtGrant | None = None
    code: Grant | None = None
    refresh: RefreshToken | None = None
    consent: Consent | None = None
