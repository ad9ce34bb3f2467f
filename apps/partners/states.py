"""A partner's life as data: which state may follow which."""

from django.db import models


class PartnerStatus(models.TextChoices):
    """Whether a partner may act. Only an active one may."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    OFFBOARDED = "offboarded"


MOVES: dict[str, frozenset[str]] = {
    PartnerStatus.ACTIVE: frozenset({PartnerStatus.SUSPENDED, PartnerStatus.OFFBOARDED}),
    PartnerStatus.SUSPENDED: frozenset({PartnerStatus.ACTIVE, PartnerStatus.OFFBOARDED}),
    PartnerStatus.OFFBOARDED: frozenset(),
}
