"""Gives orders their human numbers: PO-2026-000123, without gaps in a buyer entity's year."""

import zoneinfo
from datetime import datetime

from django.db import connection

from apps.projects.models import BuyerEntity

TAKE_NEXT = """
INSERT INTO procurement_ordersequence (buyer_entity_id, year, last) VALUES (%s, %s, 1)
ON CONFLICT (buyer_entity_id, year) DO UPDATE SET last = procurement_ordersequence.last + 1
RETURNING last
"""


def take_order_number(*, buyer_entity: BuyerEntity, at: datetime) -> str:
    """The next number of the year it is where the entity is.

    One statement takes the number and locks its row until the transaction ends: nobody gets the
    same one, and a transaction that fails leaves no gap.
    """
    year = at.astimezone(zoneinfo.ZoneInfo(buyer_entity.timezone)).year
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NEXT, [buyer_entity.pk, year])
        (number,) = cursor.fetchone()
    return f"PO-{year}-{number:06d}"
