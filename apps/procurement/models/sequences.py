"""Where the numbers that people read come from."""

from django.db import models

from apps.procurement.states import DocumentKind
from apps.projects.models import BuyerEntity


class DocumentSequence(models.Model):
    """The last number given to a kind of document in a buyer entity's year; its row is locked
    while one is taken.
    """

    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    document = models.CharField(
        max_length=3, choices=DocumentKind.choices, default=DocumentKind.ORDER
    )
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer_entity", "document", "year"],
                name="procurement_document_sequence_once",
                violation_error_message="The entity counts this year's documents already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.buyer_entity} {self.document}-{self.year}: {self.last}"
