"""Each record's page in the admin is looked at."""

import pytest

from tests.browser.entering import enter_admin
from tests.browser.visitor import Visitor
from tests.factories.scene import SHOWN, make_scene, name_of, page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_every_record_of_the_admin_is_in_order(visitor: Visitor) -> None:
    scene = make_scene(make_world())
    enter_admin(visitor)

    for model in SHOWN:
        visitor.go(page_of(model, "change", scene.record(model).pk))
        visitor.look(f"record-{name_of(model)}")
