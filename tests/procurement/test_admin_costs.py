"""Where an order's cost goes, as staff see it: those whose role sees costs, and nobody else."""

import pytest

from apps.identity.models import StaffRole
from tests.factories.costs import CENTER, with_costs
from tests.factories.identity import staff_browser
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", StaffRole)
def test_page_of_an_order_shows_costs_by_role(world: World, role: StaffRole) -> None:
    path = f"/admin/procurement/purchaseorder/{with_costs(world).pk}/change/"

    answer = staff_browser(role).get(path)

    shown = CENTER in answer.content.decode()
    assert shown == (role == StaffRole.ADMINISTRATOR)
    assert ("Where the cost goes" in answer.content.decode()) == shown


def test_trace_of_an_order_shows_no_costs(world: World) -> None:
    order = with_costs(world)

    page = staff_browser().get(f"/admin/procurement/purchaseorder/{order.pk}/trace/")

    assert page.status_code == 200
    assert b"SECRET" not in page.content
