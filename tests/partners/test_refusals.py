"""A refusal says no more of a partner than its record shows the caller."""

from datetime import datetime

import pytest

from apps.core.errors import InvalidTransitionError
from apps.partners.models import ClaimRule, Role
from apps.partners.services import suspend_partner
from apps.partners.services.records import change_vendor
from tests.factories.gateway import ANY_REVISION
from tests.factories.partners import vendor_actor
from tests.factories.world import SETUP, partner


@pytest.mark.django_db
def test_refusal_does_not_name_a_partner_whose_name_is_hidden(at: datetime) -> None:
    acme = partner("Acme")
    suspend_partner(actor=SETUP, at=at, partner=acme, reason="trouble")
    ClaimRule.objects.filter(role=Role.ADMIN, group="profile").update(fields=["website"])

    with pytest.raises(InvalidTransitionError) as refused:
        change_vendor(
            actor=vendor_actor(acme),
            at=at,
            vendor_id=acme.public_id,
            changes={"website": "https://acme.example"},
            precondition=ANY_REVISION,
        )

    assert refused.value.detail == "The partner is suspended; its record cannot be changed."
