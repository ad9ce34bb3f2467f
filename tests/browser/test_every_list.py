"""Each list and form of the admin is looked at."""

import pytest

from apps.oauth.models import Client
from apps.partners.models import Partner
from tests.browser.entering import enter_admin
from tests.browser.visitor import Visitor
from tests.factories.oauth import machine
from tests.factories.scene import SHOWN, make_scene, name_of, page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_every_list_of_the_admin_is_in_order(visitor: Visitor) -> None:
    make_scene(make_world())
    enter_admin(visitor)
    visitor.look("admin-home")

    for model in SHOWN:
        visitor.go(page_of(model, "changelist"))
        visitor.look(f"list-{name_of(model)}")


def test_every_form_of_the_admin_is_in_order(visitor: Visitor) -> None:
    world = make_world()
    client = machine(partner=world.acme).client
    forms = {
        "client-add": page_of(Client, "add"),
        "client-rotate": page_of(Client, "rotate", client.pk),
        "client-suspend": page_of(Client, "suspend", client.pk),
        "partner-add-person": page_of(Partner, "add-person", world.acme.pk),
        "project-add": "/admin/projects/project/add/",
        "project-add-member": f"/admin/projects/project/{world.office.pk}/add-member/",
        "entity-add": "/admin/projects/buyerentity/add/",
        "staff-add": "/admin/identity/user/add/",
        "staff-offboard": f"/admin/identity/user/{world.bo.pk}/offboard/",
    }
    enter_admin(visitor)

    for name, path in forms.items():
        visitor.go(path)
        visitor.look(name)
