"""Where a line's cost goes, as bodies say it, and who may say so."""

from collections.abc import Mapping
from typing import Any

from apps.core.actor import Actor
from apps.gateway.errors import ClaimNotPermittedError
from apps.gateway.rest import StrictSerializer, Text
from apps.procurement.policy.costs import COST, FIELD, sees_costs
from apps.procurement.rest.fields import Rate


class CostAllocationShape(StrictSerializer):
    """A share of the line. Those of a line come to exactly 100, each place named once."""

    cost_center = Text(max_length=40)
    account = Text(max_length=40)
    share = Rate(help_text="Percent, above zero")


def refuse_hidden_costs(said: Mapping[str, Any], actor: Actor) -> None:
    """Who may not see costs says nothing of them either, not even that there are none. Wants the
    body as it was sent. Raises ClaimNotPermittedError.
    """
    lines = said.get("lines")
    if sees_costs(actor) or not isinstance(lines, list):
        return
    if any(isinstance(line, Mapping) and FIELD in line for line in lines):
        raise ClaimNotPermittedError(
            "The body names costs, which are not yours to write.", extra={"claim_groups": [COST]}
        )
