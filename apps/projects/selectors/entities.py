"""What the buyer's entities buy."""

import re
import uuid
from collections.abc import Collection

from django.db.models import QuerySet

from apps.projects.models import BuyerEntity, Category

UNSPSC = re.compile(r"(?:[0-9]{2}){1,4}")


def categories_of(projects: Collection[uuid.UUID]) -> QuerySet[Category]:
    """What the buyer of these projects buys, by scheme and code."""
    buyers = BuyerEntity.objects.filter(project__in=projects)
    return Category.objects.filter(buyer_entity__in=buyers, retired_at__isnull=True)


def unlisted_categories(codes: Collection[str], buyer_entity: uuid.UUID) -> list[str]:
    """Those that are no UNSPSC code, and neither a code of the buyer's nor the beginning of one."""
    others = [code for code in codes if code and not UNSPSC.fullmatch(code)]
    own = Category.objects.filter(buyer_entity=buyer_entity, retired_at__isnull=True)
    return [code for code in others if not own.filter(code__istartswith=code).exists()]
