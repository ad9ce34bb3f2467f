"""Abstract models, and two ways to ask the database for less: deleting in bounded batches, and
statements that are built and planned once.
"""

from apps.core.models.abstract import AppendOnlyModel, Fenced, Identified
from apps.core.models.batches import delete_expired
from apps.core.models.inserts import Insert, written_together
from apps.core.models.signing_keys import SigningKeyBase
from apps.core.models.statements import Statement

__all__ = [
    "AppendOnlyModel",
    "Fenced",
    "Identified",
    "Insert",
    "SigningKeyBase",
    "Statement",
    "delete_expired",
    "written_together",
]
