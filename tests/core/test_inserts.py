"""A row written by SQL that is built once is the row that `save` writes."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from apps.core.actor import Origin
from apps.core.models import Insert
from apps.oauth.models import SessionKind, TokenSession
from apps.oauth.services.sessions import build_session
from tests.factories.oauth import machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def session(world: World) -> TokenSession:
    client, at = machine(partner=world.acme).client, datetime.now(tz=UTC)
    return build_session(
        at=at,
        origin=Origin(ip="192.0.2.1", user_agent="test"),
        authorization_details=[{"type": "x", "names": ["å"]}],
        kind=SessionKind.CLIENT,
        client=client,
        partner=world.acme,
        role=client.role,
        scopes=["purchase_orders:read"],
        project_ids=[world.office.pk],
        auth_method="client_secret_basic",
        granted_at=at,
        expires_at=at,
    )


def test_inserted_row_is_the_one_that_save_writes(world: World) -> None:
    inserted, saved = session(world), session(world)

    Insert(TokenSession).row(inserted)
    saved.save(force_insert=True)

    unlike = {"id", "client_id", "created_at", "granted_at", "expires_at", "last_used_at"}
    one, other = (dict(TokenSession.objects.values().get(pk=row.pk)) for row in (inserted, saved))
    assert {name: one[name] for name in one.keys() - unlike} == {
        name: other[name] for name in other.keys() - unlike
    }
    assert TokenSession.objects.get(pk=inserted.pk) == inserted


def test_row_that_exists_is_not_inserted_again(world: World) -> None:
    inserted, insert = session(world), Insert(TokenSession)
    insert.row(inserted)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert.row(inserted)

    assert TokenSession.objects.count() == 1
