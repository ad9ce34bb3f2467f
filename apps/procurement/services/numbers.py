"""Gives documents their human numbers: PO-2026-000123, without gaps in a buyer entity's year."""

import uuid
import zoneinfo
from datetime import datetime

from django.db import connection

from apps.procurement.states import DocumentKind
from apps.projects.models import BuyerEntity

TAKE_NEXT = """
INSERT INTO procurement_documentsequence AS counted (buyer_entity_id, document, year, last)
VALUES (%s, %s, %s, 1)
ON CONFLICT (buyer_entity_id, document, year) DO UPDATE SET last = counted.last + 1
RETURNING last
"""


def take_number(*, document: DocumentKind, buyer_entity: BuyerEntity, at: datetime) -> str:
    """The next number of the year it is where the entity is.

    One statement takes the number and locks its row until the transaction ends: nobody gets the
    same one, and a transaction that fails leaves no gap. All others of the entity wait meanwhile,
    so take it late: after every other lock, and after the rows that belong to the document, whose
    keys to it are checked when the transaction ends.
    """
    year = at.astimezone(zoneinfo.ZoneInfo(buyer_entity.timezone)).year
    number = _take(buyer_entity.pk, document, year)
    return f"{document.value}-{year}-{number:06d}"


def _take(buyer_entity_id: uuid.UUID, document: DocumentKind, year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NEXT, [buyer_entity_id, document.value, year])
        return int(cursor.fetchone()[0])
