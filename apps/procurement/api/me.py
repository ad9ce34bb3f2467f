"""Who calls."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of
from apps.gateway.rest.views import ANY_SCOPES, ApiView
from apps.procurement.formats.callers import me_body
from apps.procurement.formats.limits import standing_body
from apps.procurement.rest.platform import MeBody
from apps.procurement.services.purchasing import standing_of


class Me(ApiView):
    required_scopes: ClassVar = {"GET": ANY_SCOPES}

    @extend_schema(responses=MeBody, operation_id="get_me", summary="Read who you are here")
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        standing = standing_of(actor=actor, at=self.at)
        return Response({**me_body(actor, request.auth), **standing_body(standing, actor)})
