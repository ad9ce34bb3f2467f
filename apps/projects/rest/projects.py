"""What is shown of projects and members, and what their lists are filtered and sorted by."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Fieldset, Listing, PageBody, filters
from apps.partners.models import Partner, Role
from apps.partners.selectors.companies import companies_known_to
from apps.projects.rest.examples import MEMBER, PROJECT
from apps.projects.states import ProjectStatus

Shape = serializers.Serializer[Any]


class NamedBody(Shape):
    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class EntityBody(NamedBody):
    tax_id = serializers.CharField(allow_blank=True, help_text="For invoices to name")


class BudgetBody(Shape):
    amount = serializers.CharField(help_text="Without tax")
    currency = serializers.CharField(help_text="ISO 4217")


@extend_schema_serializer(examples=[OpenApiExample("Project", value=PROJECT, response_only=True)])
class ProjectBody(Shape):
    """What is bought for. `owner`, `budget` and `categories` are the buyer's own business; the
    budget also needs the scope `purchase_orders.cost:read`. `_redacted` names what is hidden.
    """

    id = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=ProjectStatus.choices)
    revision = serializers.IntegerField()
    buyer_entity = EntityBody()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    access_until = serializers.DateTimeField(help_text="No session acts in it after this")
    owner = NamedBody(allow_null=True, required=False)
    budget = BudgetBody(allow_null=True, required=False)
    categories = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="What may be bought for it, each with all codes that begin with it; none: any",
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    links = serializers.DictField(child=serializers.CharField())
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


@extend_schema_serializer(many=False)
class ProjectListBody(Shape):
    data = ProjectBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


@extend_schema_serializer(examples=[OpenApiExample("Member", value=MEMBER, response_only=True)])
class ProjectMemberBody(Shape):
    """A company, or one of the buyer's people, who may act in a project between two moments."""

    id = serializers.CharField()
    project = serializers.CharField()
    partner = NamedBody(allow_null=True)
    person = NamedBody(allow_null=True)
    role = serializers.CharField(allow_blank=True, help_text="Blank: the one it has anyway")
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class ProjectMemberListBody(Shape):
    data = ProjectMemberBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


ONE_PROJECT = Fieldset(ProjectBody)
PROJECTS = Listing(
    ProjectBody,
    filters={
        "status": filters.choice("status", ProjectStatus.values),
        "number": filters.text("number"),
        "title": filters.text("title"),
        "starts_on": filters.day("starts_on"),
        "ends_on": filters.day("ends_on"),
        "access_until": filters.instant("access_until"),
        "updated_at": filters.instant("updated_at"),
    },
    sorts={
        "number": "number",
        "ends_on": "ends_on",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
)
MEMBERS = Listing(
    ProjectMemberBody,
    filters={
        "partner": filters.public_id(
            "partner_id", Partner.id_prefix, nullable=True, gate=companies_known_to
        ),
        "role": filters.choice("role", Role.values),
        "valid_from": filters.instant("valid_from"),
        "valid_until": filters.instant("valid_until", nullable=True),
    },
    sorts={"valid_from": "valid_from"},
)
