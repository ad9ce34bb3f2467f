"""Whose the trail is."""

import pytest

from apps.core.errors import ForbiddenError
from apps.webhooks.selectors import sealed_trail
from tests.factories.procurement import actor_for
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def test_trail_is_not_a_vendors_whatever_its_scopes(world: World) -> None:
    with pytest.raises(ForbiddenError):
        sealed_trail(actor=actor_for(world.acme, world.office, exercised="audit:read"))
