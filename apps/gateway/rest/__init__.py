"""What API views share: who calls, strict input, conditions, pages, answers.

The views' base stands in `rest.views` and is imported from there: DRF imports the authentication
class, which needs this package, while its own views are still loading.
"""

from apps.gateway.rest import filters
from apps.gateway.rest.answers import (
    add_what_was_said,
    mark_answer,
    resource_response,
    say_in_answer,
)
from apps.gateway.rest.bodies import StrictSerializer, body_of, many_of, read_body
from apps.gateway.rest.conditions import has_seen, precondition_of, repeatable
from apps.gateway.rest.details import detail_response
from apps.gateway.rest.documents import (
    Documents,
    document_list_response,
    document_response,
)
from apps.gateway.rest.fields import Code, Day, Instant, Text, Truth, Whole
from apps.gateway.rest.fieldsets import Fieldset
from apps.gateway.rest.listing import Listing, Sort, list_response
from apps.gateway.rest.once import Write, answer_write, as_far_as_read
from apps.gateway.rest.origin import actor_of, origin_of
from apps.gateway.rest.paging import PageBody
from apps.gateway.rest.patches import merge_patch, read_merged, read_patch

__all__ = [
    "Code",
    "Day",
    "Documents",
    "Fieldset",
    "Instant",
    "Listing",
    "PageBody",
    "Sort",
    "StrictSerializer",
    "Text",
    "Truth",
    "Whole",
    "Write",
    "actor_of",
    "add_what_was_said",
    "answer_write",
    "as_far_as_read",
    "body_of",
    "detail_response",
    "document_list_response",
    "document_response",
    "filters",
    "has_seen",
    "list_response",
    "many_of",
    "mark_answer",
    "merge_patch",
    "origin_of",
    "precondition_of",
    "read_body",
    "read_merged",
    "read_patch",
    "repeatable",
    "resource_response",
    "say_in_answer",
]
