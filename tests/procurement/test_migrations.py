"""What the migrations do to the rows that are there."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import connection

from apps.procurement.models import OrderChange, OrderRevision, PurchaseOrder
from tests.factories.procurement import actor_for, drafted, issued, proposed
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def test_orders_from_before_learn_their_newest_context_and_what_was_approved(world: World) -> None:
    draft, running = drafted(world), issued(world)
    PurchaseOrder.objects.update(context_revision=1, approved_hash="")

    with connection.cursor() as cursor:
        cursor.execute(import_module("apps.procurement.migrations.0003_order_changes").FILL)

    draft.refresh_from_db()
    running.refresh_from_db()
    newest = OrderRevision.objects.filter(order=running).latest("revision")
    assert (draft.context_revision, draft.approved_hash) == (1, "")
    assert (running.context_revision, running.approved_hash) == (3, newest.content_sha256)


def test_changes_from_before_learn_when_somebody_last_spoke(world: World) -> None:
    change = proposed(issued(world), actor_for(world.erp, world.office))
    OrderChange.objects.filter(pk=change.pk).update(updated_at=datetime(2020, 1, 1, tzinfo=UTC))

    with connection.cursor() as cursor:
        cursor.execute(import_module("apps.procurement.migrations.0013_contracts_and_updates").FILL)

    change.refresh_from_db()
    assert change.updated_at == change.created_at
