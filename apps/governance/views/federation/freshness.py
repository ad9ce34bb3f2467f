"""When the person proved who they are to the provider that vouches for them."""

from collections.abc import Mapping
from typing import Any

from apps.core.errors import ForbiddenError
from apps.governance.views.federation.judging import STALE

LEEWAY = 60.0
SINCE = "prove_since"  # In the state: when somebody set out to prove anew who they are.
NOT_ANEW = "The provider did not ask you anew who you are. Sign out there, then try again."


def proved_at(said: Mapping[str, Any], state: Mapping[str, Any], *, now: float) -> float:
    """When the person proved themselves to the provider: as it says, else at this moment (OpenID
    Connect Core section 2, `auth_time`). Raises ForbiddenError for somebody who set out to prove it
    anew and was let pass as known (section 3.1.3.7 no. 13); clocks may differ by a minute.
    """
    told, since = (said.get("id_token") or {}).get("auth_time"), state.get(SINCE, 0.0)
    if told is None:
        return now
    if type(told) not in {int, float} or told > now + LEEWAY or told < since - LEEWAY:
        raise ForbiddenError(NOT_ANEW if since else STALE)
    return float(min(max(told, since), now))
