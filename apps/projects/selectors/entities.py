"""What the buyer's entities buy."""

import uuid
from collections.abc import Collection

from django.db.models import QuerySet

from apps.projects.models import BuyerEntity, Category


def categories_of(projects: Collection[uuid.UUID]) -> QuerySet[Category]:
    """What the buyer of these projects buys, by scheme and code."""
    buyers = BuyerEntity.objects.filter(project__in=projects)
    return Category.objects.filter(buyer_entity__in=buyers, retired_at__isnull=True)
