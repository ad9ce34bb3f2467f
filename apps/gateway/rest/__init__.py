"""What API views share: who calls, strict input, conditions, pages, answers.

The views' base stands in `rest.views` and is imported from there: DRF imports the authentication
class, which needs this package, while its own views are still loading.
"""

from apps.gateway.rest.answers import (
    add_what_was_said,
    mark_answer,
    resource_response,
    say_in_answer,
)
from apps.gateway.rest.bodies import StrictSerializer, many_of, read_body
from apps.gateway.rest.conditions import precondition_of, repeatable
from apps.gateway.rest.fields import Code, Day, Text, Whole
from apps.gateway.rest.origin import actor_of, origin_of
from apps.gateway.rest.paging import PAGING, PageBody, page_response

__all__ = [
    "PAGING",
    "Code",
    "Day",
    "PageBody",
    "StrictSerializer",
    "Text",
    "Whole",
    "actor_of",
    "add_what_was_said",
    "many_of",
    "mark_answer",
    "origin_of",
    "page_response",
    "precondition_of",
    "read_body",
    "repeatable",
    "resource_response",
    "say_in_answer",
]
