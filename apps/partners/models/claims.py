"""Which role sees what of a partner's record: policy that staff edit."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Identified
from apps.partners.models.companies import Role
from apps.partners.states import ClaimGroup


class ClaimRule(Identified):
    """The role sees the group; of it only ``fields`` when any are named. A role without a rule
    for a group does not see it. The scope is asked for besides (policy.claims).
    """

    id_prefix = "clm"

    role = models.CharField(max_length=20, choices=Role.choices)
    group = models.CharField(max_length=20, choices=ClaimGroup.choices)
    fields = ArrayField(models.CharField(max_length=30), default=list, blank=True)

    class Meta:
        ordering = ["role", "group"]
        constraints = [
            models.UniqueConstraint(
                fields=["role", "group"],
                name="partners_claim_rule_once",
                violation_error_message="There is a rule for this role and group already.",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values, group__in=ClaimGroup.values),
                name="partners_claim_rule_known",
                violation_error_message="There is no such role or group.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.group}"
