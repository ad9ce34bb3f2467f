"""Finding partners by what people have in hand."""

import pytest

from apps.core.errors import NotFoundError
from apps.partners.selectors import partner_by_public_id
from tests.factories.world import partner

pytestmark = pytest.mark.django_db


def test_partner_by_public_id_finds_the_one() -> None:
    acme = partner("Acme")
    partner("Globex")

    assert partner_by_public_id(acme.public_id) == acme


@pytest.mark.parametrize(
    "public_id", ("", "Acme", "ptr_01J8", "ptr_00000000000000000000000000", "ptr_\x00")
)
def test_partner_by_public_id_refuses_what_is_none(public_id: str) -> None:
    partner("Acme")

    with pytest.raises(NotFoundError):
        partner_by_public_id(public_id)
