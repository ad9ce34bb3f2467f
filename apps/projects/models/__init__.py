"""Buyer entities, projects, members, and the rules of what may be bought."""

from apps.projects.models.entities import BuyerEntity, Category, ExchangeRate
from apps.projects.models.policies import ApprovalRule, PolicyVersion, PurchasingPolicy
from apps.projects.models.projects import Project, ProjectMember, ProjectNotice

__all__ = [
    "ApprovalRule",
    "BuyerEntity",
    "Category",
    "ExchangeRate",
    "PolicyVersion",
    "Project",
    "ProjectMember",
    "ProjectNotice",
    "PurchasingPolicy",
]
