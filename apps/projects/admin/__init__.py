"""Projects and the buyer's companies for staff."""

from apps.projects.admin.entities import BuyerEntityAdmin
from apps.projects.admin.projects import ProjectAdmin

__all__ = ["BuyerEntityAdmin", "ProjectAdmin"]
