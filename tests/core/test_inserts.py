"""A row written by SQL that is built once is the row that `save` writes."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.actor import Origin
from apps.core.models import Insert, written_together
from apps.oauth.models import AccessToken, SessionKind, TokenSession
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


def token(of: TokenSession) -> AccessToken:
    at = of.created_at
    return AccessToken(session=of, token_checksum="0" * 64, created=at, expires=at)


def write(made: TokenSession, one: AccessToken) -> None:
    with written_together():
        Insert(TokenSession).row(made)
        Insert(AccessToken).row(one)


def test_rows_written_together_are_one_statement(world: World) -> None:
    made = session(world)

    with CaptureQueriesContext(connection) as captured:
        write(made, token(made))

    assert len(captured) == 1
    assert list(made.access_tokens.values_list("token_checksum", flat=True)) == ["0" * 64]


def test_nothing_is_written_when_the_block_fails(world: World) -> None:
    made = session(world)

    with suppress(ZeroDivisionError), written_together():
        Insert(TokenSession).row(made)
        Insert(AccessToken).row(token(made))
        raise ZeroDivisionError
    Insert(TokenSession).row(session(world))

    assert (TokenSession.objects.count(), AccessToken.objects.count()) == (1, 0)


def test_nothing_is_written_when_one_row_is_refused(world: World) -> None:
    made = session(world)
    known = token(made)
    write(made, known)
    other = session(world)

    with pytest.raises(IntegrityError), transaction.atomic():
        write(other, known)

    assert list(TokenSession.objects.all()) == [made]


def test_blocks_of_rows_do_not_stand_in_one_another() -> None:
    with written_together(), pytest.raises(RuntimeError), written_together():
        pytest.fail("the inner block began")


@pytest.mark.parametrize("ip", (None, "192.0.2.1", "2001:db8::1"))
@pytest.mark.parametrize("given", ([], ["purchase_orders:read"]))
def test_every_kind_of_value_is_what_save_writes(
    world: World, ip: str | None, given: list[str]
) -> None:
    rows = [session(world), session(world)]
    for row in rows:
        row.ip, row.scopes, row.resources, row.project_ids = ip, given, given, []
        row.claims = {"id_token": {"name": None, "größe": [1, True]}}

    Insert(TokenSession).row(rows[0])
    rows[1].save(force_insert=True)

    columns = ("ip", "scopes", "resources", "project_ids", "claims", "act", "ended_at")
    inserted, saved = (TokenSession.objects.values(*columns).get(pk=row.pk) for row in rows)
    assert inserted == saved
